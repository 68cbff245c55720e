"""Whether a part of a stack file names another one: by a placeholder, or as a host it talks to.

A host is told from a user, a role or any other word by where it stands: in a URL, in a connection
string of some driver, before a port, or as all that a setting like `DB_HOST` says.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from testcontainers_fixtures.stack_file.part_spec import Part

# What may stand before the host: whoever logs in there, of whom no word is one.
_WHO: Final = re.compile(r"""[^\s/@,;&"'()]*@""")
_KEY: Final = r"(?:host|server|data\ source|addr|address)"
_BEFORE: Final = rf"""
    (?: //(?:[^/?\#\s"']*,)?@?      # a URL, also with several hosts
      | @ | \btcp\(                 # a driver's own: user@host, tcp(host:port)
      | {_KEY}\s*=\s*(?:tcp:)?      # host=a port=1, Server=tcp:a,1
    )
"""
_DOMAIN: Final = r"(?:\.[\w-]+)*\.?"
_PORT: Final = r":[\d{$]"
_NO_NAME: Final = r"(?![\w-])"
_HOST_SETTING: Final = re.compile(r"(?:HOST|URL|SERVER|ADDR|ADDRESS)S?$", re.IGNORECASE)
_OPTION: Final = re.compile(r"(-{1,2}[\w.-]+|\w+)=(.*)", re.DOTALL)


def names(part: Part, name: str, other: Part) -> bool:
    """Tell whether a part's commands or settings name another one, or a host that it is called."""
    if any(f"{{{name}." in text for text in part.texts):
        return True
    hosts = "|".join(map(re.escape, (name, *other.container.aliases)))
    host = rf"(?:{hosts}){_DOMAIN}"
    within = re.compile(
        rf"{_BEFORE}{host}{_NO_NAME}|(?<![\w./-]){host}{_PORT}", re.IGNORECASE | re.VERBOSE
    )
    if any(within.search(_WHO.sub("@", text)) for text in part.texts):
        return True
    alone = re.compile(host, re.IGNORECASE)
    return any(
        alone.fullmatch(one.strip())
        for setting, value in _settings(part)
        if _HOST_SETTING.search(setting)
        for one in value.split(",")
    )


def _settings(part: Part) -> Iterator[tuple[str, str]]:
    """Yield what a part is told by name: its settings, and `--name=value` or `--name value`."""
    yield from part.settings.items()
    for command in part.commands:
        for word in command:
            if found := _OPTION.fullmatch(word):
                yield found[1], found[2]
        for word, after in pairwise(command):
            if word.startswith("-") and "=" not in word:
                yield word, after
