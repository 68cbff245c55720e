"""The mirror takes limit for a text."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror takes limit for a text.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.routes",
    old="Limit = Annotated[int, Query(ge=1, le=1_000)]",
    new='Limit = Annotated[str, Query(pattern="^[0-9]+$")]',
    expected="paper",
)
