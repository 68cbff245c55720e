"""A page begins one row too early."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="A page begins one row too early.",
    layer="service",
    part="srv_clients",
    module="system.srv_clients.querysets",
    old=".offset(offset)",
    new=".offset(max(0, offset - 1))",
    expected="stories",
)
