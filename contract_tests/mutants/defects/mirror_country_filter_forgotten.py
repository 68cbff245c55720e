"""The mirror does not know the country filter."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror does not know the country filter.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.routes",
    old="    country: Filter = None,\n",
    new="",
    expected="paper",
)
