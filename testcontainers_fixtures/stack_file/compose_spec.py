"""Which compose file a stack file takes its parts from."""

from typing import Annotated

from msgspec import Meta, Struct

from testcontainers_fixtures.stack_file.spec_fields import LocalPath

Files = Annotated[tuple[LocalPath, ...], Meta(min_length=1)]


class Compose(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A compose file, with overrides behind it, and what of it runs.

    `files` are relative to the stack file. `services` are those that run, with all that they depend
    on; without them, all that belong to no profile, or to one of `profiles`.
    """

    files: Files = ("compose.yaml",)
    profiles: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


Asked = LocalPath | Files | Compose | None


def composed(asked: Asked) -> Compose | None:
    """Return what `compose` means: by itself it is one file, or several."""
    if isinstance(asked, str):
        return Compose(files=(asked,))
    return Compose(files=asked) if isinstance(asked, tuple) else asked
