"""The resolver turns a conflict into an error of the server."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver turns a conflict into an error of the server.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="status=answer.status,",
    new="status=500 if answer.status == 409 else answer.status,",
    expected="seeded",
)
