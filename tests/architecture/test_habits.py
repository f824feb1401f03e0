"""The house rules that no ready-made linter knows. Each names the file and what to do instead."""

import ast
import re
from pathlib import Path

from tests.architecture import house

LONGEST_FILE = 500
LONGEST_FUNCTION = 70
LONGEST_SIGN = 5
EMPTY_NAMES = {"base", "common", "helper", "helpers", "manager", "managers", "misc", "service", "util", "utils"}
SELECT_STAR = re.compile(r"\bselect\s+(distinct\s+)?(\w+\.)?\*", re.IGNORECASE)
MACHINE_PATHS = re.compile(r"(?<![\w.$}])/(?:work|root)/[\w.]|/home/\w+/|/Users/\w+/")
TEXT_FILES = {".py", ".md", ".toml", ".yml", ".sql", ".graphql", ".lock", ".ini", ".sh", ".mako"}


def too_long_files(folder: Path) -> list[str]:
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in folder.rglob("*.py")}
    return [f"{file.name}: {length} lines" for file, length in lengths.items() if length > LONGEST_FILE]


def too_long_functions(tree: ast.Module) -> list[str]:
    return [
        f"{node.name} in line {node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > LONGEST_FUNCTION
    ]


def star_selects(tree: ast.Module) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SELECT_STAR.search(node.value)
    ]


def sign_fault(tree: ast.Module) -> str:
    sign = ast.get_docstring(tree)
    if not sign:
        return "has no sign: a docstring saying what comes in and what goes out"
    if len(sign.splitlines()) > LONGEST_SIGN:
        return f"has a sign of more than {LONGEST_SIGN} lines"
    return ""


def test_files_stay_short() -> None:
    found = [fault for folder in house.EVERYWHERE for fault in too_long_files(house.ROOT / folder)]
    assert not found, f"split by subject, at most {LONGEST_FILE} lines: {found}"


def test_functions_stay_short() -> None:
    found = {house.shown(file): too_long_functions(house.parsed(file)) for file in house.files(".py")}
    assert not {file: faults for file, faults in found.items() if faults}, f"at most {LONGEST_FUNCTION} lines"


def test_every_package_has_a_sign() -> None:
    found = [
        f"{house.shown(file)} {fault}"
        for file in house.files("__init__.py", house.PACKAGES)
        if (fault := sign_fault(house.parsed(file)))
    ]
    assert not found, found


def test_every_package_folder_is_a_package() -> None:
    folders = {file.parent for file in house.files(".py", house.PACKAGES)}
    # Alembic loads its numbered steps by path.
    unsigned = [f for f in folders if f.name != "versions" and not (f / "__init__.py").exists()]
    assert not unsigned, [house.shown(folder) for folder in unsigned]


def test_sql_names_its_columns() -> None:
    found = [
        f"{house.shown(file)}:{line}"
        for file in house.files(".py", house.PACKAGES)
        for line in star_selects(house.parsed(file))
    ]
    found += [
        house.shown(file)
        for file in house.files(".sql", house.PACKAGES)
        if SELECT_STAR.search(file.read_text(encoding="utf-8"))
    ]
    assert not found, f"name the columns; a star breaks when the schema grows: {found}"


def test_modules_are_named_for_what_they_hold() -> None:
    found = [
        house.shown(file)
        for file in house.files(".py")
        if EMPTY_NAMES & set(house.shown(file).removesuffix(".py").split("/"))
    ]
    assert not found, f"say the subject instead: {found}"


def test_nothing_names_the_machine_it_was_written_on() -> None:
    top = [file for file in house.ROOT.iterdir() if file.is_file() and file.suffix in TEXT_FILES]
    found = [
        house.shown(file)
        for file in [*top, *(f for s in TEXT_FILES for f in house.files(s))]
        if MACHINE_PATHS.search(file.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found, found


def test_these_rules_can_be_broken(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("\n" * (LONGEST_FILE + 1))
    assert too_long_files(tmp_path)
    assert too_long_functions(ast.parse("def f():\n" + "    pass\n" * LONGEST_FUNCTION))
    assert not too_long_functions(ast.parse("def f():\n" + "    pass\n" * (LONGEST_FUNCTION - 1)))
    assert star_selects(ast.parse("query = 'SELECT * FROM loan'"))
    assert star_selects(ast.parse("query = f'select l.* from {table} l'"))
    assert not star_selects(ast.parse("query = 'SELECT count(*) FROM loan'"))
    assert sign_fault(ast.parse("import os"))
    assert sign_fault(ast.parse('"""' + "a\n" * (LONGEST_SIGN + 1) + '"""'))
    assert not sign_fault(ast.parse('"""A bytes in, an Actor out."""'))
    assert MACHINE_PATHS.search('Path("/root' + '/data")')
    assert not MACHINE_PATHS.search('"$HOME/work/data"')
