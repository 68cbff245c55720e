"""A change of goods is answered and not kept."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="A change of goods is answered and not kept.",
    layer="service",
    part="srv_goods",
    module="system.srv_goods.querysets",
    old=("            data.category_id,\n        )\n        await session.flush()"),
    new=("            data.category_id,\n        )\n        session.expunge(goods)"),
    expected="stories",
)
