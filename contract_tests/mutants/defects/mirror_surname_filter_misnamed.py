"""The mirror calls the surname filter family_name."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror calls the surname filter family_name.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.routes",
    old="    surname: Filter = None,",
    new="    family_name: Filter = None,",
    expected="paper",
)
