"""A process of the hub that asks itself as fast as it can and writes each answer as a line; to be killed at work.

It is forked from a server that has made the schema already, see test_cut_wire.py.
"""

from __future__ import annotations

import asyncio
from multiprocessing.connection import Connection
from typing import IO

from hub.audit.recorder import Recorder
from hub.graph.answer import Answerer, Question
from hub.graph.limits import Limits
from hub.query.run import DatabaseReader
from tests.support.county import FACE, GATE, actor
from tests.support.database import COUNTY
from tests.support.log import log_over

TEXT = '{ loan(loanId: "L001") { loanId household { headName } } }'


def ask_for_ever(reading: str, logging: str, told: Connection) -> None:
    with open(told.fileno(), "wb", closefd=False) as answers:
        asyncio.run(_ask_for_ever(reading, logging, answers))


async def _ask_for_ever(reading: str, logging: str, answers: IO[bytes]) -> None:
    async with DatabaseReader(reading) as reader, Recorder(logging, COUNTY) as recorder:
        answerer = Answerer(FACE, reader, Limits(), GATE, log_over(recorder))

        async def one() -> None:
            while True:
                answer = await answerer.answer(Question(TEXT), actor())
                answers.write(answer.body + b"\n")
                answers.flush()

        await asyncio.gather(*(one() for _ in range(4)))
