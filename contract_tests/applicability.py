"""What of the contract suite applies to a system, by its stack file alone, before anything runs.

Each part of the suite is told with the line of the stack file that would make it apply. What a
running service publishes is not known then, and is said not to be.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct

from contract_tests.agreement.agreed_documents import Agreement, agreed
from contract_tests.drift.document_sources import GATEWAY, filed
from contract_tests.faults.planted_weaknesses import runs
from contract_tests.faults.stack_pool import why_never
from contract_tests.faults.tailored_faults import STRIKES
from contract_tests.stories.resources import resources
from testcontainers_fixtures.faults.aim import faults_of
from testcontainers_fixtures.faults.catalogue import catalogue
from testcontainers_fixtures.stack_file.openapi_spec import OpenapiFile
from testcontainers_fixtures.stack_file.part_spec import BROKER
from testcontainers_fixtures.stack_spec import Part, StackSpec

Says = Literal["applies", "not applicable", "once it runs"]
# Whom a placeholder names, and who keeps rows.
_OF_ANOTHER: Final = re.compile(r"(?<!\{)\{([A-Za-z][\w-]*)\.")
_STORES: Final = frozenset({"cache", "database"})
REFERENCE: Final = "system.gateway.main"
GOLDEN: Final = "the golden trial and the wire tests of tests/system"
ONLY_OURS: Final = "they are about the reference system of this project, which this file is not of"


class Applicable(Struct, frozen=True, kw_only=True):
    """One part of the suite: whether it applies, why not, and the line that would make it apply."""

    what: str
    says: Says = "applies"
    why: str = ""

    @property
    def line(self) -> str:
        """Return it as a line of a table."""
        return f"  {self.says:<15} {self.what}{f': {self.why}' if self.why else ''}"


def is_reference(spec: StackSpec) -> bool:
    """Tell whether a stack file starts this project's own gateway, wherever the file is."""
    return all(runs(spec, part, REFERENCE) for part in spec.named("gateway").values())


def lines(spec: StackSpec, *, attached: bool = False) -> list[str]:
    """Return what applies and what does not, as a terminal shows it.

    Raises SpecError for a document in a file that cannot be read, and for what the [contract] says
    of documents that are all in files and do not bear it out.
    """
    told = [one.line for one in applicable(spec, attached=attached)]
    return [f"What applies to {spec.name}, by its stack file:", *told]


def applicable(spec: StackSpec, *, attached: bool = False) -> Iterator[Applicable]:
    """Yield the parts of the suite in the order in which they are tried."""
    known = _known(spec)
    if not spec.owners:
        line = (
            '`openapi` in a part with role = "service", or `{ file = "..." }` for it in a resolver'
        )
        yield _not("the contract suite", line)
    for name, part in spec.owners.items():
        yield from _of_owner(spec, name, part, attached=attached)
        yield from _lists(spec, name, known)
    yield from _of_contract(spec, known)
    yield from _of_system(spec, attached=attached)


def _of_owner(spec: StackSpec, name: str, part: Part, *, attached: bool) -> Iterator[Applicable]:
    if not part.openapi:
        yield _not(f"all that asks for the document of {name}", _adding(name, 'openapi = "/PATH"'))
        return
    where = "its file" if isinstance(part.openapi, OpenapiFile) else f"GET {part.openapi} of it"
    yield Applicable(what=f"fuzzing by the document of {name}, from {where}")
    if any(one.openapi for one in spec.named("gateway").values()):
        yield Applicable(what=f"drift on paper between the gateway and {name}")
    else:
        gateway = next(iter(spec.named("gateway")))
        yield _not(f"drift on paper with {name}", _adding(gateway, 'openapi = "/PATH"'))
    yield from _of_hops(spec, name, part, attached=attached)


def _of_hops(spec: StackSpec, name: str, part: Part, *, attached: bool) -> Iterator[Applicable]:
    parity, received = f"parity with {name}", f"what {name} receives"
    if part.port is None:
        why = "it answers behind AMQP alone, and nobody can be asked past the gateway"
        yield from (
            Applicable(what=what, says="not applicable", why=why) for what in (parity, received)
        )
        return
    for what, there, key in ((parity, part.twin, "twin"), (received, part.tap, "tap")):
        if attached:
            option = f"--twin {name}=URL" if key == "twin" else ""
            yield Applicable(
                what=what,
                says="once it runs" if option else "not applicable",
                why=f"with {option}" if option else "no tap stands before what was attached to",
            )
        elif there:
            yield Applicable(what=what, why=(_shared if key == "twin" else _past)(spec, part))
        else:
            yield _not(what, _adding(name, f"{key} = true"))


def _named(part: Part) -> list[str]:
    """Return the parts, and the broker, that a part's command and settings name."""
    return list(dict.fromkeys(one for text in part.texts for one in _OF_ANOTHER.findall(text)))


def _past(_: StackSpec, part: Part) -> str:
    """Return what reaches a service past its tap; "" for nothing."""
    if BROKER not in _named(part):
        return ""
    return "it is told the broker too: calls that reach it by that pass no tap, and count as lost"


def _shared(spec: StackSpec, part: Part) -> str:
    """Return what a twin has in common with its service, and what that does; "" for nothing."""
    named = _named(part)
    stores = [one for one in named if one in spec.parts and spec.parts[one].role in _STORES]
    said = [f"its twin writes to the same {one}, so rows are there twice" for one in stores]
    if BROKER in named:
        said.append("its twin is told the broker too, which refuses it the work queues")
    return "; ".join(said)


def _lists(spec: StackSpec, name: str, known: Agreement | None) -> Iterator[Applicable]:
    """Yield the lists of an owner whose rows are followed, or that nobody can know them yet."""
    if not spec.owners[name].openapi:
        return
    document = known.documents.get(name) if known else None
    if document is None:
        yield Applicable(
            what=f"stories of the lists of {name}",
            says="once it runs",
            why=_fetched(spec),
        )
        return
    found = resources(document, spec.contract.collections)
    for one in found:
        said = "by the stack file" if one.path in spec.contract.collections else "as guessed"
        form = f"collections = {{ {one.path!r} = {one.form.sentence} }}".replace("'", '"')
        yield Applicable(what=f"stories of {one.path} of {name}", why=f"{said}, {form}")
    if not found:
        yield _not(
            f"stories of the lists of {name}",
            '`collections = { "/PATH" = { rows = "/items" } }` in [contract]; its document has no'
            " list that can be guessed",
        )


def _of_contract(spec: StackSpec, known: Agreement | None) -> Iterator[Applicable]:
    promises = spec.contract
    for name, rule in promises.paths.items():
        what = f"paths of {name}"
        yield Applicable(what=what, why=(known.of(name).sentence if known else _shown(rule)))
    yield from (Applicable(what="paths", why=note) for note in (known.notes if known else ()))
    for left in promises.leave_out:
        where = f" of {left.where}" if left.where else ""
        what = left.route or f"the check {left.check}{where}"
        yield Applicable(what=what, says="not applicable", why=left.because)
    for one in promises.parity:
        where = f" of {', '.join(one.routes)}" if one.routes else ""
        why = f"as far as {one.rule} allows, {one.because}"
        yield Applicable(what=f"parity at {one.place}{where}", why=why)
    for route in promises.open:
        yield Applicable(what=f"{route} is open to everybody")
    if spec.asks_who_comes:
        yield Applicable(what="who may come in")
    else:
        what = "who may come in, unless a document has `security`"
        yield _not(what, '`credentials = { HEADER = "VARIABLE" }` in [contract], or a [login]')
    if spec.telemetry.deadline_header is None:
        yield _not("deadlines", '`deadline_header = "HEADER"` in [telemetry]')


def _of_system(spec: StackSpec, *, attached: bool) -> Iterator[Applicable]:
    if attached:
        why = "what was attached to is not ours to break"
        what = "broken messages, and faults"
        yield Applicable(what=what, says="not applicable", why=why)
        return
    broken = "broken messages on the work queue"
    if spec.broker is None:
        yield _not(broken, "[broker]")
    elif not any(part.probe for part in spec.parts.values()):
        yield _not(broken, '`probe = "GET /PATH"` in a service, a good call by the gateway')
    else:
        yield Applicable(what=broken)
    yield from _faults(spec)
    ours = is_reference(spec)
    says: Says = "applies" if ours else "not applicable"
    yield Applicable(what=GOLDEN, says=says, why="" if ours else ONLY_OURS)


def _faults(spec: StackSpec) -> Iterator[Applicable]:
    every = faults_of(spec, (*catalogue(), *STRIKES))
    what = f"{len(every)} faults (`gatewaybench faults --list`)"
    if why := why_never(spec):
        yield Applicable(what=what, says="not applicable", why=why)
    else:
        yield Applicable(what=what, says="once it runs", why=_ACCOUNT)


_ACCOUNT: Final = "each where it finds what it breaks, and rows of which account can be kept"


def _known(spec: StackSpec) -> Agreement | None:
    """Return what the system is held to where all of its documents are in files; else None."""
    said = _documents(spec)
    if not said or not all(isinstance(one, OpenapiFile) for one in said.values()):
        return None
    own = spec.named("gateway")
    files = {GATEWAY if name in own else name: filed(spec, name) for name in said}
    return agreed(files, spec.contract)


def _documents(spec: StackSpec) -> dict[str, str | OpenapiFile]:
    """Return where the documents of a system are, by part."""
    parts = {**spec.owners, **spec.named("gateway")}
    return {name: part.openapi for name, part in parts.items() if part.openapi}


def _fetched(spec: StackSpec) -> str:
    """Return a sentence on the documents that only a system that runs hands out."""
    *others, last = [n for n, one in _documents(spec).items() if not isinstance(one, OpenapiFile)]
    if others:
        return f"the documents of {', '.join(others)} and {last} are fetched then"
    return f"the document of {last} is fetched then"


def _adding(part: str, key: str) -> str:
    return f"`{key}` in [parts.{part}]"


def _not(what: str, line: str) -> Applicable:
    return Applicable(what=what, says="not applicable", why=f"it takes {line}")


def _shown(rule: object) -> str:
    return str(rule).removeprefix("PathRule")


__all__: Sequence[str] = ("GOLDEN", "Applicable", "applicable", "is_reference", "lines")
