"""The mirror publishes 204 for a deletion."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror publishes 204 for a deletion.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.routes",
    old='api, "DELETE", "/goods/{goods_id:int}", status_code=202,',
    new='api, "DELETE", "/goods/{goods_id:int}", status_code=204,',
    expected="paper",
)
