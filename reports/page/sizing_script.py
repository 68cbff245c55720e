"""The script that answers on the page how many are needed, and what lets it run there."""

from markupsafe import Markup

from reports.page import zoom_script


def contents() -> dict[str, str]:
    """Return the script and the source expression that allows it by its hash."""
    script = Markup(zoom_script.lean(zoom_script.read("sizing.js")))  # noqa: S704 -- our file
    return {"script": script, "permission": zoom_script.hash_of(script)}
