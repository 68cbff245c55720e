"""The resolver passes no header on."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver passes no header on.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="headers=request.head.headers,",
    new="headers=(),",
    expected="stories",
)
