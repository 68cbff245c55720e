"""The resolver answers 200 where something is missing."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver answers 200 where something is missing.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="status=answer.status,",
    new="status=200 if answer.status == 404 else answer.status,",
    expected="stories",
)
