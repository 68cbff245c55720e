"""The service takes ids that overflow the database's integers."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The service takes ids that overflow the database's integers.",
    layer="service",
    part="srv_clients",
    module="system.srv_clients.main",
    old="ClientId = Annotated[int, Path(ge=1, le=2**53 - 1)]",
    new="ClientId = Annotated[int, Path(ge=1, le=2**64)]",
    expected="paper",
)
