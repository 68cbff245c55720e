"""An OpenAPI document of a stack file's part that nobody publishes: it is given as a file."""

from typing import Annotated

from msgspec import Meta, Struct


class OpenapiFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document in a file, JSON or YAML; its path is relative to the stack file."""

    file: Annotated[str, Meta(min_length=1)]
