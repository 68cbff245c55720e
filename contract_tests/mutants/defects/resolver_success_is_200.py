"""The resolver calls every success 200."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver calls every success 200.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="status=answer.status,",
    new="status=200 if answer.status < 300 else answer.status,",
    expected="stories",
)
