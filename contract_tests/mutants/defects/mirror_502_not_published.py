"""The mirror does not say that the supplier may be silent."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror does not say that the supplier may be silent.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.routes",
    old="NOT_FOUND | INVALID | SUPPLIER_SILENT",
    new="NOT_FOUND | INVALID",
    expected="paper",
)
