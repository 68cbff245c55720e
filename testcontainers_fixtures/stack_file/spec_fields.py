"""The kinds of value that a stack file's keys take."""

from typing import Annotated

from msgspec import Meta

Port = Annotated[int, Meta(ge=1, le=65_535)]
Count = Annotated[int, Meta(ge=1, le=64)]
Seconds = Annotated[float, Meta(gt=0, le=3_600)]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]
HeaderName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,64}$")]
Variable = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
RequestLine = Annotated[str, Meta(pattern=r"^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /\S*$")]
Command = Annotated[tuple[str, ...], Meta(min_length=1)]
# A file or a folder of this machine, relative to the stack file's unless it is absolute.
LocalPath = Annotated[str, Meta(min_length=1)]
# Where something stands inside a container.
InsidePath = Annotated[str, Meta(pattern=r"^/[^\s]*$")]
# A key=value of Docker, such as a build argument.
Variables = dict[str, str]
