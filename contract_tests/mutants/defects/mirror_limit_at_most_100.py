"""The mirror takes limit up to 100, where the service takes it up to 1,000."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror takes limit up to 100, where the service takes it up to 1,000.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.routes",
    old="le=1_000",
    new="le=100",
    expected="paper",
)
