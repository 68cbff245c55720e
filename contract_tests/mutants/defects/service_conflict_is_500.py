"""A violated key is answered with 500."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="A violated key is answered with 500.",
    layer="service",
    part="srv_goods",
    module="system.srv_goods.main",
    old="status_code=409",
    new="status_code=500",
    expected="seeded",
)
