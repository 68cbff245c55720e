"""The system that is run where no stack file is named: the one that comes with the harness."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from testcontainers_fixtures.errors import MissingNeedError

STACK_FILE: Final = Path(__file__).parents[2] / "system" / "stack.toml"
# How a help calls it.
SHOWN: Final = "the reference system"
_NEEDED: Final = ("aio_pika", "fastapi", "gunicorn", "sqlalchemy")


def require_needs(folder: Path) -> None:
    """Refuse to run the reference system's parts with a Python that lacks what they import.

    `folder` is a stack file's; any other system's needs are its own.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if folder == STACK_FILE.parent and missing:
        raise MissingNeedError(
            f"Expected the reference system's packages in this Python, which runs its parts; it "
            f"lacks {', '.join(missing)}: pip install 'gatewaybench[system]', choose "
            f"STACK_ENGINE=containers, or name a stack file of your own (--stack FILE)."
        )
