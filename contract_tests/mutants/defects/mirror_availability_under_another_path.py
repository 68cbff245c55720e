"""The mirror has the availability under /stock."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror has the availability under /stock.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.routes",
    old='"/goods/{goods_id:int}/availability"',
    new='"/goods/{goods_id:int}/stock"',
    expected="paper",
)
