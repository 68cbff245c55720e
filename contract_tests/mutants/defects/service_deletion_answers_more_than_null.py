"""A deletion answers with an object where the document promises null."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="A deletion answers with an object where the document promises null.",
    layer="service",
    part="srv_goods",
    module="system.srv_goods.goods",
    old='            raise HTTPException(404, "Goods not found")',
    new=(
        '            raise HTTPException(404, "Goods not found")\n    return {"deleted": goods_id}'
    ),
    expected="seeded",
)
