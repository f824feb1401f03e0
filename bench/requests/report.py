"""What was found, as tables: every system beside PostGraphile and beside the limit."""

from __future__ import annotations

from collections.abc import Iterator

from bench.requests.run import Cell, Findings, Plan
from bench.table import figure, heading, markdown

_YARDSTICK = "postgraphile"
_LIMIT = "pgbench"
_HEADINGS = (
    "question",
    "connections",
    "system",
    "requests/s",
    "of PostGraphile",
    "of pgbench",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "server CPU ms/request",
    "database CPU ms/request",
    "server MiB",
)


def written(findings: Findings, plan: Plan) -> str:
    """The whole report in Markdown."""
    title = f"Requests, {findings.loans:,} loans"
    about = (
        f"Medians of {plan.rounds} rounds of {plan.seconds:.0f} s, the systems in turn, after "
        f"{plan.warm_seconds:.0f} s to warm up on each question; {plan.database_connections} database connections each "
        "(pgbench: as many as clients); wrk with one thread on the same cores makes the load. A dash: could not answer "
        f"every connection once in that time. {findings.seconds / 60:.0f} minutes in all.\n\n"
    )
    parts = [heading(title), about, markdown(_HEADINGS, _rows(findings.cells)), "\n", _same(findings)]
    return "".join(parts)


def _rows(cells: list[Cell]) -> Iterator[tuple[object, ...]]:
    rates = {(cell.question, cell.connections, cell.system): cell.middle("rate") for cell in cells}
    for cell in cells:
        rate = cell.middle("rate")
        served = cell.system != _LIMIT
        answered = rate > 0
        yield (
            cell.question,
            cell.connections,
            cell.system,
            figure(rate, 0 if rate >= 100 else 1),
            _ratio(rate, rates.get((cell.question, cell.connections, _YARDSTICK))),
            _percent(rate, rates.get((cell.question, cell.connections, _LIMIT))),
            figure(cell.middle("p50") if answered else None, 1),
            figure(cell.middle("p95") if answered else None, 1),
            figure(cell.middle("p99") if answered else None, 1),
            figure(cell.middle("server") if served and answered else None, 2),
            figure(cell.middle("database") if answered else None, 2),
            figure(cell.middle("mebibytes") if served else None),
        )


def _ratio(rate: float, yardstick: float | None) -> str:
    return f"{rate / yardstick:.2f} ×" if yardstick else "–"


def _percent(rate: float, limit: float | None) -> str:
    return f"{rate / limit:.0%}" if limit else "–"


def _same(findings: Findings) -> str:
    """What the answers were found to hold before anything was timed."""
    rows = [
        (
            same.question,
            same.requests,
            same.rows,
            f"{same.fen / 100:,.2f}",
            ", ".join(same.same),
            "; ".join(f"{name} {reason}" for name, reason in same.other.items()) or "–",
        )
        for same in findings.sameness
    ]
    headings = ("question", "requests", "rows", "yuan", "the same values from", "others")
    return "Compared value by value before the timing:\n\n" + markdown(headings, rows)
