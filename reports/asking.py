"""The script that answers on the page how many are needed, and what lets it run there."""

from markupsafe import Markup

from reports import zoom


def contents() -> dict[str, str]:
    """Return the script and the source expression that allows it by its hash."""
    script = Markup(_without_comments(zoom.read("asking.js")))  # noqa: S704 -- our file
    return {"script": script, "permission": zoom.hash_of(script)}


def _without_comments(text: str) -> str:
    """Leave out the comment lines and indents: a page has 300 KB for everything."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))
