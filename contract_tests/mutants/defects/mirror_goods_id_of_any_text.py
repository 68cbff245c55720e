"""The mirror takes /goods/x for an article, which the service does not."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror takes /goods/x for an article, which the service does not.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.routes",
    old='api, "GET", "/goods/{goods_id:int}", response_model=schemas.Goods',
    new='api, "GET", "/goods/{goods_id}", response_model=schemas.Goods',
    expected="forwarding",
)
