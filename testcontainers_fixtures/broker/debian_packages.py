"""Unpacks Debian's RabbitMQ and Erlang into a cache folder: no root, no system file touched."""

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from testcontainers_fixtures.errors import MissingNeedError, StackError
from testcontainers_fixtures.folders.lock_file import exclusive
from testcontainers_fixtures.folders.writable_folders import made, writing_to

TOOLS = ("apt-get", "apt-cache", "dpkg", "dpkg-query")
LOCK_WAIT_S = 600.0
ELSEWHERE = "set XDG_CACHE_HOME to a folder that can be written to"
APT_TIMEOUT_S = 300.0
UNPACK_TIMEOUT_S = 120.0
LIBRARIES = ("lib", "zlib1g")
RUNS_ON = ("erlang-", *LIBRARIES)

# Debian's own `erl` has its root hard-wired, and a slim system may lack the libraries.
LAUNCHER = """\
#!/bin/sh
here=$(cd "$(dirname "$0")/.." && pwd)
export ROOTDIR="$here/usr/lib/erlang" EMU=beam PROGNAME=erl
export BINDIR="$(echo "$ROOTDIR"/erts-*/bin)"
libraries=$(echo "$here"/usr/lib/*-linux-gnu*:"$here"/lib/*-linux-gnu*)
export LD_LIBRARY_PATH="$libraries${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"
exec "$BINDIR/{program}" "$@"
"""
LAUNCHERS = {"erl": "erlexec", "epmd": "epmd"}

Progress = Callable[[str], None]


def unpacked_rabbitmq(cache: Path, on_progress: Progress) -> Path:
    """Return a folder with `usr/lib/rabbitmq`, `usr/lib/erlang`, `bin/erl` and `bin/epmd`.

    The first call downloads about 35 MB and takes a few seconds; it tells each step to
    `on_progress`. Safe when two harnesses start at once. Raises MissingNeedError where there are no
    Debian tools, StackError where a tool fails.
    """
    _require_tools()
    if " " in str(cache):
        # RabbitMQ's shell scripts leave their own path unquoted.
        raise MissingNeedError(
            f"RabbitMQ cannot run from a folder with a space in its name ({cache}); "
            "set XDG_CACHE_HOME to one without."
        )
    made(cache, ELSEWHERE)
    with (
        writing_to(cache, ELSEWHERE),
        exclusive(cache / "rabbitmq.lock", doing="unpacking RabbitMQ", timeout_s=LOCK_WAIT_S),
    ):
        return _present(cache) or _build(cache, on_progress)


def _require_tools() -> None:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise MissingNeedError(
            "Expected `rabbitmq-server` on PATH, or Debian or Ubuntu to unpack a private copy from "
            f"(no {', '.join(missing)} here): install RabbitMQ, or start a Docker engine."
        )


def _system() -> str:
    release = platform.freedesktop_os_release()
    return f"{release['ID']}{release.get('VERSION_ID', '')}-{platform.machine()}"


def _present(cache: Path) -> Path | None:
    # The name is given by a rename after the last step, so what bears it is complete.
    found = sorted(cache.glob(f"rabbitmq-*-{_system()}"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None


def _build(cache: Path, on_progress: Progress) -> Path:
    with tempfile.TemporaryDirectory(dir=cache, prefix="unpacking-") as scratch:
        work = Path(scratch)
        packages = _download(work, on_progress)
        on_progress(f"Unpacking {len(packages)} packages into {cache}")
        root = work / "root"
        for package in packages:
            _run(["dpkg", "-x", str(package), str(root)], timeout_s=UNPACK_TIMEOUT_S)
        _add_launchers(root)
        return root.rename(cache / f"rabbitmq-{_version(root)}-{_system()}")


def _download(work: Path, on_progress: Progress) -> list[Path]:
    """Fetch with package lists of our own, since the system's may be empty or out of date."""
    settings = _apt_settings(work)
    on_progress("RabbitMQ is not installed: reading the lists of Debian's packages")
    _run(["apt-get", "-q", "-c", str(settings), "update"], timeout_s=APT_TIMEOUT_S)
    names = _needed(settings)
    on_progress(f"Downloading {len(names)} packages of RabbitMQ and Erlang, about 35 MB, once")
    target = work / "packages"
    target.mkdir()
    command = ["apt-get", "-q", "-c", str(settings), "download", *names]
    _run(command, timeout_s=APT_TIMEOUT_S, cwd=target)
    return sorted(target.glob("*.deb"))


def _apt_settings(work: Path) -> Path:
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True)
    settings = work / "apt.conf"
    # The cleared hooks would empty the system's own package cache when run as root.
    settings.write_text(
        f'Dir::State "{work}/state";\nDir::Cache "{work}/cache";\n'
        'APT::Sandbox::User "root";\nAcquire::Languages "none";\n'
        "#clear APT::Update::Pre-Invoke;\n"
        "#clear APT::Update::Post-Invoke;\n"
        "#clear APT::Update::Post-Invoke-Success;\n",
        encoding="utf-8",
    )
    return settings


def _needed(settings: Path) -> list[str]:
    """Return RabbitMQ, all of Erlang it asks for, and the shared libraries this system lacks."""
    kinds = ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
    options = ["--recurse", *(f"--no-{kind}" for kind in kinds)]
    command = ["apt-cache", "-c", str(settings), "depends", *options, "rabbitmq-server"]
    wanted = erlang_and_libraries(_run(command, timeout_s=APT_TIMEOUT_S))
    return [name for name in wanted if not name.startswith(LIBRARIES) or not _installed(name)]


def erlang_and_libraries(tree: str) -> list[str]:
    """Return what `apt-cache depends --recurse rabbitmq-server` says RabbitMQ runs on.

    Followed are Erlang's packages and shared libraries, of alternatives the first; not what the
    packages' install scripts need, since those never run.
    """
    needs = _needs_by_package(tree)
    found, waiting = set(), ["rabbitmq-server"]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [need for need in needs.get(name, ()) if need.startswith(RUNS_ON)]
    return sorted(found)


def _needs_by_package(tree: str) -> dict[str, list[str]]:
    needs: dict[str, list[str]] = {}
    package, first = "", True
    for line in tree.splitlines():
        kind, _, name = line.partition("Depends: ")
        if not line.startswith(" "):
            package = line
        elif name and first:
            needs.setdefault(package, []).append(name)
        # A bar says that the next line is an alternative; lines four deep name who provides it.
        first = not kind.endswith("|") if name else first
    return needs


def _installed(name: str) -> bool:
    query = ["dpkg-query", "-W", "-f", "${db:Status-Status}", name]
    answer = subprocess.run(query, capture_output=True, text=True, timeout=30, check=False)
    return answer.stdout.startswith("installed")


def _add_launchers(root: Path) -> None:
    (root / "bin").mkdir(exist_ok=True)
    for name, program in LAUNCHERS.items():
        launcher = root / "bin" / name
        launcher.write_text(LAUNCHER.format(program=program), encoding="utf-8")
        launcher.chmod(0o755)


def _version(root: Path) -> str:
    (home,) = root.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*")
    return home.name.removeprefix("rabbitmq_server-")


def _run(command: list[str], *, timeout_s: float, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=os.environ | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise StackError(
            f"Unpacking RabbitMQ: `{command[0]}` took longer than {timeout_s:.0f} s; "
            "check the connection to the package mirror and try again."
        ) from error
    except subprocess.CalledProcessError as error:
        raise StackError(
            f"Unpacking RabbitMQ: `{command[0]}` failed with {error.returncode}; it said: "
            f"{error.stderr.strip()[-600:]}"
        ) from error
    return done.stdout
