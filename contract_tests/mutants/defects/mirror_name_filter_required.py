"""The mirror lists goods only where a name is asked for."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror lists goods only where a name is asked for.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.routes",
    old=("async def list_goods(\n    name: NameFilter = None,"),
    new=("async def list_goods(\n    name: Annotated[str, Query(max_length=255)],"),
    expected="paper",
)
