"""The service's client has a new field, which the mirror has not."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The service's client has a new field, which the mirror has not.",
    layer="service",
    part="srv_clients",
    module="system.srv_clients.schemas",
    old="    country: str | None\n",
    new=("    country: str | None\n    vip: bool = False\n"),
    expected="paper",
)
