"""Packs what an image is built from: the files that a stack file includes, always the same way."""

import hashlib
import io
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

from docker.utils.build import PatternMatcher

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.image_spec import Build
from testcontainers_fixtures.stack_spec import Image

ALWAYS_LEFT_OUT = ("**/__pycache__", "**/*.pyc", "**/.git", "**/.venv", "**/.nox")
DOCKERFILE = ".gatewaybench.Dockerfile"
EVERYTHING = ("**/*",)
# With a default it would be the team's own.
_BASE = re.compile(rb"^\s*ARG\s+BASE\s*$", re.MULTILINE | re.IGNORECASE)
CA_BUNDLE = "ca-bundle.pem"  # present only where the host's SSL_CERT_FILE names one


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildContext:
    """The Dockerfile and the files, by their path in the context."""

    dockerfile: bytes
    files: dict[str, Path]

    @property
    def asks_for_base(self) -> bool:
        """Tell whether the Dockerfile leaves to whoever builds it what it builds on."""
        return bool(_BASE.search(self.dockerfile))

    def content_hash(self, base_id: str, *further: str) -> str:
        """Return a hash of the base, of what else is said, and every file's path and bytes."""
        said = "".join(f"{one}\n" for one in (base_id, *further))
        digest = hashlib.sha256(said.encode() + self.dockerfile)
        for name, path in self.files.items():
            digest.update(f"\n{name}\0{_mode(path):o}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:12]

    def tar(self, *, ca_bundle: Path | None) -> io.BytesIO:
        """Return the context as a tar file in which only content differs: no times, no owners."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for name, path in self.files.items():
                _add(archive, name, path.read_bytes(), _mode(path))
            _add(archive, DOCKERFILE, self.dockerfile, 0o644)
            if ca_bundle is not None:
                _add(archive, CA_BUNDLE, ca_bundle.read_bytes(), 0o644)
        packed.seek(0)
        return packed


def gather(image: Image, folder: Path) -> BuildContext:
    """Collect an image's files; `folder` is the stack file's.

    `dockerfile` and `context` are relative to that folder, the globs of `include` to the context,
    whose `.dockerignore` is heeded.

    Raises:
        SpecError: the Dockerfile is not there, or nothing is included.

    """
    dockerfile = folder / image.dockerfile
    if not dockerfile.is_file():
        raise SpecError(
            f"Expected a Dockerfile at {dockerfile}; there is none: add it, or name it under "
            "[image] in the stack file."
        )
    context = (folder / image.context).resolve()
    files = _included(context, image.include)
    if not files:
        raise SpecError(
            f"Expected [image] include to match files under {context}; nothing matches "
            f"{', '.join(image.include)}: correct the globs."
        )
    return BuildContext(dockerfile=dockerfile.read_bytes(), files=files)


def gather_build(build: Build, folder: Path, part: str) -> BuildContext:
    """Collect what a part's own image is built from; raise SpecError for what is not there."""
    context = (folder / build.context).resolve()
    if not context.is_dir():
        raise SpecError(
            f"Expected the folder {context}, which part {part!r} is built from; it is not there:"
            " correct `build`, which is relative to the stack file."
        )
    if build.dockerfile_inline is not None:
        return BuildContext(
            dockerfile=build.dockerfile_inline.encode(), files=_included(context, EVERYTHING)
        )
    dockerfile = context / build.dockerfile
    if not dockerfile.is_file():
        raise SpecError(
            f"Expected a Dockerfile of part {part!r} at {dockerfile}; there is none: add it, or"
            " name it as `dockerfile` in the part's `build`."
        )
    return BuildContext(dockerfile=dockerfile.read_bytes(), files=_included(context, EVERYTHING))


def _included(context: Path, globs: tuple[str, ...]) -> dict[str, Path]:
    ignored = PatternMatcher([*ALWAYS_LEFT_OUT, *_dockerignore(context)])
    # Python's "**" ends at folders, while whoever writes "system/**" means the files below.
    wanted = (f"{glob}/*" if glob.endswith("**") else glob for glob in globs)
    found = {path for glob in wanted for path in context.glob(glob) if path.is_file()}
    named = {path.relative_to(context).as_posix(): path for path in found}
    return {name: named[name] for name in sorted(named) if not _matches(ignored, name)}


def _matches(patterns: PatternMatcher, name: str) -> bool:
    # The stub wants a path; the code splits a string.
    return bool(patterns.matches(name))  # type: ignore[arg-type] # see above


def _dockerignore(context: Path) -> list[str]:
    file = context / ".dockerignore"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _mode(path: Path) -> int:
    return 0o755 if path.stat().st_mode & 0o100 else 0o644


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))
