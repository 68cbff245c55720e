"""The gateway hands no header of an answer on."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway hands no header of an answer on.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="for name, value in reply.head.headers",
    new="for name, value in ()",
    expected="stories",
)
