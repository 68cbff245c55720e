"""The mirror promises a country in every answer."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror promises a country in every answer.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.schemas",
    old="country: str | None",
    new="country: str",
    expected="paper",
)
