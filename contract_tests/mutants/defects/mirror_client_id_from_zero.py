"""The mirror takes client 0, which no service has."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror takes client 0, which no service has.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.routes",
    old="ClientId = Annotated[int, Path(ge=1,",
    new="ClientId = Annotated[int, Path(ge=0,",
    expected="paper",
)
