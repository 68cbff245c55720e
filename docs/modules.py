"""Writes docs/modules.md: each room's module by module, in the first line of its docstring.

`python docs/modules.py` writes it; tests/unit/test_house.py holds it equal to the code.
"""

import ast
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = (
    *("gatewaybench", "system", "testcontainers_fixtures"),
    *("contract_tests", "loadtests", "reports"),
)
INDEX: Final = Path(__file__).with_name("modules.md")
# One file a defect: each says itself what it breaks, and `nox -s mutants` lists them.
LEFT_OUT: Final = Path("contract_tests/mutants/defects")
_HEAD: Final = """# Every module

Made from the docstrings by `python docs/modules.py`. [ARCHITECTURE.md](../ARCHITECTURE.md) says how
the rooms hang together.
"""


def index() -> str:
    """Return the index of all modules as Markdown, a table a room."""
    rooms: dict[Path, list[Path]] = defaultdict(list)
    for file in _files():
        rooms[file.parent].append(file)
    return "\n".join([_HEAD, *(_room(folder, rooms[folder]) for folder in sorted(rooms))])


def _files() -> Iterator[Path]:
    said = subprocess.run(
        ["git", "ls-files", "--", *(f"{package}/*.py" for package in PACKAGES)],  # noqa: S607 -- the one on PATH
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for line in sorted(said.stdout.splitlines()):
        file = Path(line)
        if LEFT_OUT not in file.parents or file.name == "__init__.py":
            yield file


def _room(folder: Path, files: list[Path]) -> str:
    modules = [file for file in files if file.name != "__init__.py"]
    head = [f"## `{folder}/`", ""]
    if folder / "__init__.py" in files and (said := _docstring(folder / "__init__.py")):
        head += [said, ""]
    rows = [f"| `{file.name}` | {_first(_docstring(file))} |" for file in modules]
    return "\n".join([*head, *(["| module | |", "|---|---|", *rows, ""] if rows else [])])


def _docstring(file: Path) -> str:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return ast.get_docstring(tree) or ""


def _first(docstring: str) -> str:
    return docstring.partition("\n")[0].replace("|", "\\|")


if __name__ == "__main__":
    INDEX.write_text(index(), encoding="utf-8")
