"""A deletion is answered and not done."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="A deletion is answered and not done.",
    layer="service",
    part="srv_clients",
    module="system.srv_clients.querysets",
    old="        await session.delete(client)\n",
    new="        pass\n",
    expected="stories",
)
