"""The mirror refuses prices of more than six digits."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror refuses prices of more than six digits.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.schemas",
    old="{0,7}",
    new="{0,5}",
    expected="paper",
)
