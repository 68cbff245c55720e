"""The resolver takes an empty list for something missing."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver takes an empty list for something missing.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="status=answer.status,",
    new='status=404 if body == b"[]" else answer.status,',
    expected="forwarding",
)
