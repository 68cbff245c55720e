"""The mirror changes a category by PUT."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror changes a category by PUT.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.routes",
    old=('    "PATCH",\n    "/goods/categories/{category_id}",'),
    new=('    "PUT",\n    "/goods/categories/{category_id}",'),
    expected="paper",
)
