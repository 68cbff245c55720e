"""Signs that the parts themselves give: whether they answer, write, and which workers they have."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Final

import httpx

from testcontainers_fixtures.engines.engine import Pausable, Staffed
from testcontainers_fixtures.errors import NotApplicableError
from testcontainers_fixtures.faults.signs.sign import Marks, Sign
from testcontainers_fixtures.faults.targets import part_of
from testcontainers_fixtures.placeholders import numbered
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.stack_spec import Part, Role

# Far longer than a part takes that is well, and shorter than any fault that freezes one.
PATIENCE_S: Final = 1.0


def answering(role: Role) -> Sign:
    """Return the sign of a part that answers otherwise, or no more, when asked if it is ready."""
    return Sign(read=partial(answers, role))


def staff(role: Role) -> Sign:
    """Return the sign of a part that has lost one of its workers."""
    return Sign(read=partial(_workers, role))


def writing() -> Sign:
    """Return the sign of a service that writes no more."""
    return Sign(read=_writes, every=True)


def answers(role: Role, stack: Stack) -> Marks:
    """Return what each copy answers when it is asked, in its part's way, whether it is ready."""
    return answers_of(part_of(stack, role), stack)


def answers_of(part: str, stack: Stack) -> Marks:
    """Return what each copy of a part answers when it is asked, in its way, whether it is ready."""
    ready = stack.spec.parts[part].readiness
    if ready.kind != "request":
        return frozenset(_looked(stack, part))
    method, path = ready.subject.split(" ", 1)
    return frozenset(
        f"{one.name}: {answer_to(method, one.url + path)}" for one in stack.copies(part)
    )


def _looked(stack: Stack, part: str) -> Iterator[str]:
    """Yield what is seen of each copy that is not asked over HTTP.

    A frozen one may look as ever to a broker, whose consumer it still is: so the machine is asked.
    """
    looks = stack.looks(part)
    for copy in stack.copies(part):
        still = isinstance(copy, Pausable) and copy.frozen()
        yield f"{copy.name}: {'frozen' if still else looks[copy.name]() or 'ready'}"


def answer_to(method: str, url: str, body: object = None) -> str:
    """Return in a word or two what comes back from a URL within PATIENCE_S."""
    until_s = time.monotonic() + PATIENCE_S
    try:
        with httpx.stream(method, url, json=body, timeout=PATIENCE_S, trust_env=False) as answer:
            for _ in answer.iter_raw():
                if time.monotonic() > until_s:
                    return "never ends"
            return str(answer.status_code)
    except httpx.TimeoutException:
        return "silent"
    except httpx.ConnectError:
        return "refuses"
    except httpx.HTTPError:
        return "breaks off"


def _workers(role: Role, stack: Stack) -> Marks:
    part = part_of(stack, role)
    staffed = (one for one in stack.copies(part) if isinstance(one, Staffed))
    found = frozenset(f"worker {worker}" for one in staffed for worker in one.workers())
    if not found and not _takes_workers(stack.spec.parts[part]):
        raise NotApplicableError(
            f"{part} has no worker processes to lose: neither its command nor its settings in the "
            "stack file take {workers}."
        )
    return found


def _takes_workers(part: Part) -> bool:
    return any("{workers}" in one for one in (*part.command, *part.settings.values()))


def _writes(stack: Stack) -> Marks:
    part = part_of(stack, "service")
    seed = next((one for one in stack.spec.seed if one.into == part and one.body is not None), None)
    if seed is None or seed.request is None:
        raise NotApplicableError(
            f"Whether {part} writes cannot be seen: its stack file has no [[seed]] for it; add one."
        )
    method, path = seed.request.split(" ", 1)
    url = stack.services[part] + path.replace("{n}", "1")
    return frozenset({f"{part}, {method} {path}: {answer_to(method, url, numbered(seed.body, 1))}"})
