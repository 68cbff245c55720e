"""The mirror publishes one client where a list is answered."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror publishes one client where a list is answered.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.routes",
    old="response_model=list[schemas.Client]",
    new="response_model=schemas.Client",
    expected="paper",
)
