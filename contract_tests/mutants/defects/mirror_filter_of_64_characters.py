"""The mirror refuses filters beyond 64 characters."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror refuses filters beyond 64 characters.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.routes",
    old="Query(max_length=255)",
    new="Query(max_length=64)",
    expected="paper",
)
