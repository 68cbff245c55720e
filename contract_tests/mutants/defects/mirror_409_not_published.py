"""The mirror does not say that a category's name may be taken."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror does not say that a category's name may be taken.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.routes",
    old=("    responses=INVALID | WRITTEN,\n)\nasync def create_category"),
    new=("    responses=INVALID,\n)\nasync def create_category"),
    expected="paper",
)
