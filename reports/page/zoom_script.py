"""The one script of a page: uPlot and what turns still charts into ones to zoom into.

uPlot (MIT) stands in `templates/vendor`, with its licence and its version in its name. A page
allows this script by its hash alone, so that text from a response cannot become another one.
"""

import base64
import hashlib
from functools import cache
from pathlib import Path

from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"
UPLOT = "uPlot-1.6.32"


@cache
def script() -> Markup:
    """Return the script as it stands in the page, between its tags."""
    library = read(f"vendor/{UPLOT}.iife.min.js").strip()
    return Markup(f"{library}\n{lean(read('zoom.js'))}")  # noqa: S704 -- our files


@cache
def style() -> Markup:
    """Return uPlot's style sheet."""
    return Markup(read(f"vendor/{UPLOT}.min.css").strip())  # noqa: S704 -- our file


@cache
def permission() -> str:
    """Return the source expression that lets this script run, and none else (CSP level 2)."""
    return hash_of(script())


def hash_of(text: str) -> str:
    """Return the source expression that allows one inline script by its hash."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def lean(script: str) -> str:
    """Leave out a script's comment lines and indents: a page has 300 KB for everything."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def read(name: str) -> str:
    """Return a file that stands among the templates."""
    return (TEMPLATES / name).read_text(encoding="utf-8")
