"""The mirror takes several categories where the service takes one."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror takes several categories where the service takes one.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.routes",
    old="KeyFilter = Annotated[int | None, Query(ge=1, le=2**53 - 1)]",
    new="KeyFilter = Annotated[list[int] | None, Query()]",
    expected="paper",
)
