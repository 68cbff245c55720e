"""The resolver writes path and query with escapes of its own."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver writes path and query with escapes of its own.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="encoded=True)",
    new="encoded=False)",
    expected="received",
)
