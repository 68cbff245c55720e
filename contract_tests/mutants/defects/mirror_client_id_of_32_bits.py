"""The mirror takes client ids of 32 bits only."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror takes client ids of 32 bits only.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.routes",
    old="ClientId = Annotated[int, Path(ge=1, le=2**53 - 1)]",
    new="ClientId = Annotated[int, Path(ge=1, le=2**31 - 1)]",
    expected="paper",
)
