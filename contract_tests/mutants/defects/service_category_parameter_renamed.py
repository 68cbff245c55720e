"""The service has renamed a filter, and the mirror has not."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The service has renamed a filter, and the mirror has not.",
    layer="service",
    part="srv_goods",
    module="system.srv_goods.goods",
    old=(
        "    category_id: KeyFilter = None,\n"
        "    limit: Limit = 100,\n"
        "    offset: Offset = 0,\n"
        ") -> object:\n"
        '    """List goods by id."""\n'
        '    filters: dict[str, object] = {"name": name, "category_id": '
        "category_id}"
    ),
    new=(
        "    category: KeyFilter = None,\n"
        "    limit: Limit = 100,\n"
        "    offset: Offset = 0,\n"
        ") -> object:\n"
        '    """List goods by id."""\n'
        '    filters: dict[str, object] = {"name": name, "category_id": category}'
    ),
    expected="paper",
)
