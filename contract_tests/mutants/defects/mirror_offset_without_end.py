"""The mirror takes an offset of any size."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror takes an offset of any size.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.routes",
    old="Offset = Annotated[int, Query(ge=0, le=2**53 - 1)]",
    new="Offset = Annotated[int, Query(ge=0)]",
    expected="paper",
)
