"""The mirror lists goods by currency, which the service has never heard of."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The mirror lists goods by currency, which the service has never heard of.",
    layer="mirror",
    part="gateway",
    module="system.gateway.srv_goods.routes",
    old="    category_id: KeyFilter = None,\n",
    new=("    category_id: KeyFilter = None,\n    currency: str | None = None,\n"),
    expected="paper",
)
