"""`hub serve` without its disclosure log: no statement tells households, no entry is made, nothing is written."""

from __future__ import annotations

from bench.requests.compiled import Forgetting
from hub import app
from hub.audit.disclosure import Asked, Asker, Block, DisclosureLog, Receipt, Told
from hub.audit.pseudonyms import Pseudonyms
from hub.audit.recorder import Recorder
from hub.cli.main import main
from hub.errors import HubError
from hub.query import subjects
from hub.settings import Settings


class _Unlogged(DisclosureLog):
    """Answers with a receipt of nothing."""

    async def answered(self, asked: Asked, _actor: Asker, _told: Told) -> Receipt:
        return Receipt("00000000-0000-0000-0000-000000000000", "none", asked.digest, bytes(32), bytes(32))

    async def refused(self, asked: Asked, actor: Asker | None, error: HubError, operation: Block | None = None) -> None:
        """Nothing is noted."""


def _unlogged(settings: Settings, recorder: Recorder, may_disclose: object, counts: object) -> DisclosureLog:  # noqa: ARG001
    return _Unlogged(Forgetting(), Pseudonyms({"1": bytes(32)}, settings.county), settings.county, "none")


if __name__ == "__main__":
    app._disclosure_log = _unlogged  # noqa: SLF001  # the bench takes out what it measures
    subjects.of_record = lambda *_, **__: ""
    subjects.of_folds = lambda *_, **__: iter(())
    main()
