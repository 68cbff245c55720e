"""The mirror takes a client without a country."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror takes a client without a country.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.schemas",
    old="    country: Text\n",
    new="    country: Text | None = None\n",
    expected="paper",
)
