"""The mirror's client has no id."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror's client has no id.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.schemas",
    old="    id: int\n",
    new="",
    expected="paper",
)
