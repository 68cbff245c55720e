"""The mirror publishes 204 for a deletion."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror publishes 204 for a deletion.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.routes",
    old=(
        '    "/goods/{goods_id:int}",\n    status_code=202,\n'
        "    openapi_extra=KEYED,\n    responses=GONE"
    ),
    new=(
        '    "/goods/{goods_id:int}",\n    status_code=204,\n'
        "    openapi_extra=KEYED,\n    responses=GONE"
    ),
    expected="paper",
)
