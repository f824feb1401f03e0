"""The mutation's types: four things a named person can say about a finding, and the receipt."""

from __future__ import annotations

from collections.abc import Iterator

from hub.graph.types import Argument, Member, TypeSet
from hub.rules.decisions import Word

# The mutation's field → what is said.
WORDS = {
    "commentOnFinding": Word.COMMENTED,
    "assignFinding": Word.ASSIGNED,
    "explainFinding": Word.EXPLAINED,
    "decideFinding": Word.DECIDED,
}
_RECEIPT = "FindingReceipt"
_FINDING = Argument("findingId", "String!", "The finding. 疑点编号。")


def declare(types: TypeSet) -> None:
    """The types ``Mutation`` and ``FindingReceipt``."""
    types.output(
        _RECEIPT,
        "What was written down. 办理回执。",
        [
            Member("eventId", "String!", "Number of the event in the finding's journal. 办理记录编号。"),
            Member("findingId", "String!", "The finding. 疑点编号。"),
            Member("state", "FindingState!", "State of the finding now. 办理状态。"),
            Member("happenedAt", "DateTime!", "When it was written down. 记录时间。"),
        ],
    )
    types.output("Mutation", "What a named person can say about a finding; nothing else can be written.", _members())


def _members() -> Iterator[Member]:
    words = Argument("words", "String!", "What is said, at most 4,000 characters. 内容。")
    yield Member("commentOnFinding", f"{_RECEIPT}!", "Add a comment. 备注。", (_FINDING, words))
    yield Member(
        "assignFinding",
        f"{_RECEIPT}!",
        "Give it to somebody. 分派。",
        (
            _FINDING,
            Argument("assignee", "String!", "Who is to deal with it. 被分派人。"),
            Argument("words", "String", "A word with it. 备注。"),
        ),
    )
    yield Member("explainFinding", f"{_RECEIPT}!", "Explain why the records say so. 说明原因。", (_FINDING, words))
    yield Member(
        "decideFinding",
        f"{_RECEIPT}!",
        "Decide on a disposal; the history of the overdue stays. 处置决定,逾期历史不变。",
        (_FINDING, Argument("disposal", "FindingDecidedDisposal!", "The disposal. 处置方式。"), words),
    )
