"""A process of the hub that asks itself as fast as it can and writes each answer as a line; to be killed at work."""

from __future__ import annotations

import asyncio
import sys

from hub.audit.recorder import Recorder
from hub.graph.answer import Answerer, Question
from hub.graph.limits import Limits
from hub.query.run import DatabaseReader
from tests.support.county import FACE, GATE, actor
from tests.support.database import COUNTY
from tests.support.log import log_over

TEXT = '{ loan(loanId: "L001") { loanId household { headName } } }'


async def ask_for_ever(reading: str, logging: str) -> None:
    async with DatabaseReader(reading) as reader, Recorder(logging, COUNTY) as recorder:
        answerer = Answerer(FACE, reader, Limits(), GATE, log_over(recorder))

        async def one() -> None:
            while True:
                answer = await answerer.answer(Question(TEXT), actor())
                sys.stdout.buffer.write(answer.body + b"\n")
                sys.stdout.buffer.flush()

        await asyncio.gather(*(one() for _ in range(4)))


if __name__ == "__main__":
    asyncio.run(ask_for_ever(*sys.argv[1:]))
