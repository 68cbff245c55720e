"""Draws defects at random, so that the catalogue is not its own judge.

A drawn defect is named "random-SEED-N": the N-th of those that SEED draws. It imports nothing of
the system and no more of the harness than a mutant's process needs.
"""

import random
from functools import cache
from typing import Final

from msgspec import Struct

from contract_tests.mutants.defect import Layer, source_of
from contract_tests.mutants.equivalents import EQUIVALENT
from contract_tests.mutants.mutations import Mutation, mutations
from contract_tests.mutants.out_of_scope import OUT_OF_SCOPE

# Where a module's defect is put in, and which layer it belongs to.
PLACES: Final[dict[str, tuple[str, Layer]]] = {
    "system.gateway.main": ("gateway", "gateway"),
    "system.gateway.router": ("gateway", "gateway"),
    "system.gateway.problem_table": ("gateway", "gateway"),
    "system.gateway.srv_clients.routes": ("gateway", "mirror"),
    "system.gateway.srv_clients.schemas": ("gateway", "mirror"),
    "system.gateway.srv_goods.routes": ("gateway", "mirror"),
    "system.gateway.srv_goods.schemas": ("gateway", "mirror"),
    "system.chassis.app": ("gateway", "gateway"),
    "system.chassis.request_tracking": ("gateway", "gateway"),
    "system.chassis.methods": ("gateway", "gateway"),
    "system.chassis.validation_errors": ("gateway", "gateway"),
    "system.chassis.sqlite": ("srv_goods", "service"),
    "system.wire.rpc_client": ("gateway", "wire"),
    "system.wire.envelope": ("gateway", "wire"),
    "system.wire.passed_headers": ("resolver", "wire"),
    "system.wire.outbox": ("gateway", "wire"),
    "system.wire.rpc_server": ("resolver", "wire"),
    "system.rpc.forwarded_request": ("resolver", "resolver"),
    "system.rpc.resolver": ("resolver", "resolver"),
    "system.rpc.connection_pool": ("resolver", "resolver"),
    "system.rpc.process": ("resolver", "resolver"),
    "system.srv_clients.main": ("srv_clients", "service"),
    "system.srv_clients.querysets": ("srv_clients", "service"),
    "system.srv_clients.schemas": ("srv_clients", "service"),
    "system.srv_goods.categories": ("srv_goods", "service"),
    "system.srv_goods.goods": ("srv_goods", "service"),
    "system.srv_goods.main": ("srv_goods", "service"),
    "system.srv_goods.models": ("srv_goods", "service"),
    "system.srv_goods.parameters": ("srv_goods", "service"),
    "system.srv_goods.querysets": ("srv_goods", "service"),
    "system.srv_goods.schemas": ("srv_goods", "service"),
    "system.srv_goods.supply": ("srv_goods", "service"),
}
PREFIX: Final = "random-"


class RandomDefect(Struct, frozen=True, kw_only=True):
    """A mutation that was drawn, with what a defect of the catalogue says of itself."""

    layer: Layer
    part: str
    module: str
    mutation: Mutation

    @property
    def sentence(self) -> str:
        """Return the change in words, with its module."""
        return f"{self.module}: {self.mutation.sentence}"

    @property
    def equivalent(self) -> str:
        """Return why nobody could tell, or "" where somebody should."""
        one = self.mutation
        return EQUIVALENT.get((self.module, one.within, one.before, one.after), "")

    def rewritten(self, source: str) -> str:
        """Return the source with the change."""
        return self.mutation.rewritten(source)


def drawn(seed: int, count: int) -> dict[str, RandomDefect]:
    """Return `count` defects by name; a larger count only adds to them."""
    chance = random.Random(seed)  # noqa: S311 -- the same ones again is the point
    left = {module: list(candidates(module)) for module in PLACES}
    found: list[RandomDefect] = []
    while len(found) < count and any(left.values()):
        # A module first: a long one shall not have all of them.
        module = chance.choice([module for module, some in left.items() if some])
        some = left[module]
        one = some.pop(chance.randrange(len(some)))
        part, layer = PLACES[module]
        found.append(RandomDefect(layer=layer, part=part, module=module, mutation=one))
    return {f"{PREFIX}{seed}-{number}": one for number, one in enumerate(found, 1)}


def named(name: str) -> RandomDefect:
    """Return the defect of a name."""
    seed, number = name.removeprefix(PREFIX).split("-")
    return drawn(int(seed), int(number))[name]


@cache
def candidates(module: str) -> tuple[Mutation, ...]:
    """Return a module's mutations that the suite can be about."""
    return tuple(one for one in mutations(source_of(module)) if not excused(module, one))


def excused(module: str, one: Mutation) -> str:
    """Return why the suite cannot be about a mutation; "" where it can."""
    for (where, within, text), reason in OUT_OF_SCOPE.items():
        lies = within in {"", one.within} or one.within.startswith(f"{within}.")
        if where in {"", module} and lies and (text in one.before or text in one.line):
            return reason
    return ""
