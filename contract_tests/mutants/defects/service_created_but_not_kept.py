"""A client is created, answered and not kept."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="A client is created, answered and not kept.",
    layer="service",
    part="srv_clients",
    module="system.srv_clients.querysets",
    old=("    session.add(client)\n    await session.flush()\n"),
    new=("    session.add(client)\n    await session.flush()\n    await session.delete(client)\n"),
    expected="stories",
)
