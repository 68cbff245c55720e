"""The mirror publishes categories where goods are listed."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror publishes categories where goods are listed.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.routes",
    old='@router(api, "GET", "/goods", response_model=list[schemas.Goods]',
    new='@router(api, "GET", "/goods", response_model=list[schemas.Category]',
    expected="paper",
)
