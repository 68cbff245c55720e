"""Which of the package's extras are installed, by what the package itself says it needs."""

import re
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Final

DISTRIBUTION: Final = "gatewaybench"
_NEED: Final = re.compile(r"([\w.-]+)(?:\[([\w,. -]+)\])?")
_EXTRA: Final = re.compile(r"extra == ['\"]([\w-]+)['\"]")


def missing_of(extra: str) -> list[str]:
    """Return the packages of an extra that are not installed, those of extras within it as well."""
    missing: dict[str, None] = {}
    for name, within in _needs(extra):
        if name == DISTRIBUTION:
            missing |= dict.fromkeys(one for part in within for one in missing_of(part))
        elif not _is_there(name):
            missing[name] = None
    return list(missing)


def _needs(extra: str) -> list[tuple[str, list[str]]]:
    told = [one for one in requires(DISTRIBUTION) or () if extra in _EXTRA.findall(one)]
    found = [match for one in told if (match := _NEED.match(one))]
    return [(match[1], (match[2] or "").replace(" ", "").split(",")) for match in found]


def _is_there(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
