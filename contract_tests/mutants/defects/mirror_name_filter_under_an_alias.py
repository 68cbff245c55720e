"""The mirror's name filter has a capital on the wire."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror's name filter has a capital on the wire.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_clients.routes",
    old="    name: Filter = None,",
    new=('    name: Annotated[str | None, Query(max_length=255, alias="Name")] = None,'),
    expected="paper",
)
