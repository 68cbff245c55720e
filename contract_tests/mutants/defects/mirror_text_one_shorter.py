"""The mirror refuses the longest text that the service takes."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror refuses the longest text that the service takes.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.schemas",
    old="max_length=255",
    new="max_length=254",
    expected="paper",
)
