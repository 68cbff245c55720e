"""The mirror publishes 200 for a creation."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror publishes 200 for a creation.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.routes",
    old="status_code=201",
    new="status_code=200",
    expected="paper",
)
