"""The resolver cuts a body at 1 KiB."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver cuts a body at 1 KiB.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="data=request.body or None",
    new="data=request.body[:1024] or None",
    expected="forwarding",
)
