"""The mirror takes keys that overflow what the database holds."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror takes keys that overflow what the database holds.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.schemas",
    old="Key = Annotated[int, Field(ge=1, le=2**53 - 1)",
    new="Key = Annotated[int, Field(ge=1)",
    expected="paper",
)
