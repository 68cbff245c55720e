"""The mirror takes a price as a number."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror takes a price as a number.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.schemas",
    old=("    price: PriceText\n    category_id: Key"),
    new=("    price: float\n    category_id: Key"),
    expected="paper",
)
