"""Whether a part of a stack file names another one: by a placeholder, or as a host it talks to.

A host is told from a user, a role or any other word by where it stands: in a URL, in a connection
string of some driver, before a port, or as all that a setting says which is no name of such.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from testcontainers_fixtures.stack_file.part_spec import Part

# What may stand before the host: whoever logs in there, of whom no word is one.
_WHO: Final = re.compile(r"""[^\s/@,;&"'()]*@""")
_KEY: Final = r"""
    (?<!v)(?: (?:host|server)(?:_?name)? | node | addr | address(?:es)? | endpoint | upstream
    | contact[_-]?point | data\ source ) s?
"""
_BEFORE: Final = rf"""
    (?: //(?:[^/?\#\s"']*,)?@?      # a URL, also with several hosts
      | @ | \btcp\(                 # a driver's own: user@host, tcp(host:port)
      | {_KEY}\s*=\s*(?:tcp:)?      # host=a port=1, Server=tcp:a,1
      | {_KEY}["']?\s*:(?=[\s"'\[])\s*\[?\s*["']?  # "host": "a" of JSON, host: a of YAML
    )
"""
# Of further domains a part has those that engines give it; any other is somebody else's.
_DOMAIN: Final = r"(?:(?:\.[\w-]+)*\.(?:svc(?:\.[\w-]+)*|local|internal))?\.?"
_PORT: Final = r":[\d{$]"
_NO_NAME: Final = r"(?!\.?[\w-])"
_HOST_SETTING: Final = re.compile(rf"(?:{_KEY}|URLS?)$", re.IGNORECASE | re.VERBOSE)
# What may be called as a part is, and is not that part.
_OTHER_SETTING: Final = re.compile(
    r"""
    (?: (?<!host)(?<!host[_.-])(?<!server)(?<!server[_.-])name
      | user | login | owner | role | group | password | passwd | pass | pwd | secret | token | key
      | db | dbs | database | schema | table | collection | keyspace | bucket | index | vhost
      | namespace | realm | topic | queue | exchange | prefix | label | tag | title | [_.-]id
      | mode | type | kind | driver | engine | dialect | adapter | scheme | protocol
      | profile | env | environment | level | version | image | path | dir | folder | file
    ) s?$
    """,
    re.IGNORECASE | re.VERBOSE,
)
_OPTION: Final = re.compile(r"(-{1,2}[\w.-]+|\w+)=(.*)", re.DOTALL)
# Of options with one letter hardly any is for a host but this one.
_LETTER: Final = re.compile(r"-[a-gi-z]", re.IGNORECASE)
_SCRIPT: Final = re.compile(r"-[a-z]*c")


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
    return any(alone.fullmatch(one.strip(" '\"")) for one in _bare_values(part))


def _bare_values(part: Part) -> Iterator[str]:
    """Yield what may be a host without anything about it, of a list each where it is of hosts."""
    for setting, value in _settings(part):
        if _HOST_SETTING.search(setting):
            yield from value.split(",")
        elif not _OTHER_SETTING.search(setting) and not _LETTER.fullmatch(setting):
            yield value


def _settings(part: Part) -> Iterator[tuple[str, str]]:
    """Yield what a part is told by name: its settings, and the options of its commands."""
    yield from part.settings.items()
    for command in part.commands:
        yield from _options(command)
        for word, script in pairwise(command):
            if _SCRIPT.fullmatch(word):
                yield from _options(script.split())


def _options(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each `--name=value` and `--name value` of a command line."""
    for word in words:
        if found := _OPTION.fullmatch(word):
            yield found[1], found[2]
    for word, after in pairwise(words):
        if word.startswith("-") and "=" not in word:
            yield word, after
