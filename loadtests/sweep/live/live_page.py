"""The live page: its markup, its style and its script in one document that loads nothing else."""

from functools import cache
from pathlib import Path
from typing import Final

from reports.page.zoom_script import hash_of, lean, read

_FOLDER: Final = Path(__file__).parent


@cache
def page() -> str:
    """Return the whole document."""
    text = (_FOLDER / "live.html").read_text(encoding="utf-8")
    return text.replace("/*STYLE*/", _style()).replace("/*SCRIPT*/", _script())


@cache
def policy() -> str:
    """Return what the document may do: its own style and script, and asking where it came from."""
    return (
        f"default-src 'none'; script-src {hash_of(_script())}; style-src {hash_of(_style())}; "
        f"img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors 'none'"
    )


@cache
def _style() -> str:
    return read("page.css") + (_FOLDER / "live.css").read_text(encoding="utf-8")


@cache
def _script() -> str:
    return lean((_FOLDER / "live.js").read_text(encoding="utf-8"))
