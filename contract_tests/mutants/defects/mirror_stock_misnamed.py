"""The mirror calls in_stock by another name."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror calls in_stock by another name.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.schemas",
    old="    in_stock: int",
    new="    stock: int",
    expected="paper",
)
