"""The service has an operation that the gateway does not offer."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The service has an operation that the gateway does not offer.",
    layer="service",
    part="srv_goods",
    module="system.srv_goods.goods",
    old='@api.delete(\n    "/goods/{goods_id:int}"',
    new=(
        '@api.put("/goods/{goods_id:int}/reserved", responses=GONE)\n'
        "async def reserve(goods_id: RowId) -> None:\n"
        '    """Reserve an article."""\n'
        "\n"
        "\n"
        '@api.delete(\n    "/goods/{goods_id:int}"'
    ),
    expected="paper",
)
