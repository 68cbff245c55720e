"""The mirror's client has an email."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror's client has an email.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.schemas",
    old="    surname: str\n",
    new=("    surname: str\n    email: str\n"),
    expected="paper",
)
