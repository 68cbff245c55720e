"""Makes a base image from Debian packages, for where no image registry can be reached."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import docker
from docker.errors import ImageNotFound

from testcontainers_fixtures.engines.docker_access import Progress, quiet
from testcontainers_fixtures.errors import MissingNeedError
from testcontainers_fixtures.folders import writable_folders
from testcontainers_fixtures.folders.lock_file import exclusive

DEBOOTSTRAP_S = 900.0
LOCK_WAIT_S = DEBOOTSTRAP_S + 300.0
# What an error and a warning begin with.
COMPLAINTS = ("E:", "W:")
DOING = "making an image"
# It dies with us, its children die with it, and nothing stays mounted, however it ends.
ISOLATED = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--pid", "--fork", "--kill-child"),
)
# Without it debootstrap only warns where it has no keyring, and unpacks what nobody signed.
SIGNED = ("--force-check-gpg",)
IMAGE_LABEL = "gatewaybench.image"  # on every image that this package makes: base or system


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What the image is made of; its hash is in the image's tag."""

    suite: str
    packages: tuple[str, ...]
    left_out: tuple[str, ...]
    changes: tuple[str, ...]

    @property
    def tag(self) -> str:
        """Return the tag of the image that this recipe makes."""
        return f"gatewaybench-base:{hashlib.sha256(repr(self).encode()).hexdigest()[:12]}"


RECIPE = Recipe(
    suite="trixie",
    packages=("ca-certificates", "rabbitmq-server", "python3", "python3-venv"),
    left_out=(
        "./var/cache/apt/*",
        "./var/lib/apt/lists/*",
        "./usr/share/doc/*",
        "./usr/share/man/*",
        "./usr/share/locale/*",
        # Erlang makes a cookie of its own at the first start: no two stacks share one.
        "./var/lib/rabbitmq/.erlang.cookie",
    ),
    changes=(
        # Debian's wrapper in /usr/sbin hides the broker's output in a file; the script does not.
        "ENV PATH=/usr/lib/rabbitmq/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "ENV LANG=C.UTF-8",
        f"LABEL {IMAGE_LABEL}=base",
    ),
)


def make(client: docker.DockerClient, recipe: Recipe, *, on_progress: Progress = quiet) -> str:
    """Return the tag of the recipe's image, made first where it is not there (about a minute).

    Two harnesses that start at once make it once: the second waits for the first.

    Raises:
        MissingNeedError: debootstrap or root's rights are missing, or the packages cannot be had.

    """
    cache = cache_folder()
    with exclusive(cache / "bootstrap.lock", doing=DOING, timeout_s=LOCK_WAIT_S):
        try:
            client.images.get(recipe.tag)
        except ImageNotFound:
            _require_debootstrap()
            sweep(cache)
            with tempfile.TemporaryDirectory(dir=cache, prefix="bootstrap-") as folder:
                root = Path(folder, "root")
                _debootstrap(recipe, root, on_progress)
                on_progress(f"Importing {recipe.tag}")
                _import(client, recipe, root)
    return recipe.tag


def cache_folder() -> Path:
    """Return the folder for what is kept between runs, made where it is not there."""
    return writable_folders.cache_folder("images")


def _require_debootstrap() -> None:
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise MissingNeedError(
            "Expected a registry to pull base images from, or debootstrap and root's rights to "
            "make one; neither is here: install debootstrap and run as root, log in to a "
            "registry, or choose STACK_ENGINE=processes."
        )


def sweep(cache: Path) -> None:
    """Remove what a killed bootstrap left; the caller holds the lock, so none is at work."""
    for left in cache.glob("bootstrap-*/"):
        shutil.rmtree(left)


def _debootstrap(recipe: Recipe, root: Path, on_progress: Progress) -> None:
    include = f"--include={','.join(recipe.packages)}"
    command = [*ISOLATED, "debootstrap", *SIGNED, "--variant=minbase", include]
    command += [recipe.suite, str(root)]
    last, steps = "it printed nothing", set[str]()
    with (
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
        _ended_in_time(process),
    ):
        for line in cast("IO[str]", process.stdout):
            last = line.strip()
            said = last.removeprefix("I: ")
            # A line a package and step are hundreds: the first of each step is progress enough.
            step = said.partition(" ")[0]
            if step not in steps or step in COMPLAINTS:
                on_progress(f"Making a base image: {said}")
            steps.add(step)
    if process.returncode != 0:
        raise MissingNeedError(
            f"Expected debootstrap to make Debian {recipe.suite} within {DEBOOTSTRAP_S:.0f} s; it "
            f"ended with {process.returncode} ({last}): check that a Debian mirror can be "
            "reached, and that debian-archive-keyring and gpgv are there to check who signed it."
        )


@contextlib.contextmanager
def _ended_in_time(process: subprocess.Popen[str]) -> Iterator[None]:
    timer = threading.Timer(DEBOOTSTRAP_S, process.kill)
    timer.start()
    try:
        yield
    except BaseException:
        process.kill()
        raise
    finally:
        timer.cancel()


def _import(client: docker.DockerClient, recipe: Recipe, root: Path) -> None:
    excluded = [f"--exclude={pattern}" for pattern in recipe.left_out]
    command = ["tar", "--create", "--numeric-owner", f"--directory={root}", *excluded, "."]
    repository, _, tag = recipe.tag.partition(":")
    with subprocess.Popen(command, stdout=subprocess.PIPE) as tar:
        client.api.import_image_from_stream(
            tar.stdout, repository=repository, tag=tag, changes=list(recipe.changes)
        )
    if tar.returncode != 0:
        client.api.remove_image(recipe.tag)
        raise MissingNeedError(
            f"Expected tar to pack the base image; it ended with {tar.returncode}: "
            "check that there is room on the disk."
        )
