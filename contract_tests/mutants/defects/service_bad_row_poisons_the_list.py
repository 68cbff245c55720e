"""One row beyond ASCII breaks the whole list."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="One row beyond ASCII breaks the whole list.",
    layer="service",
    part="srv_clients",
    module="system.srv_clients.querysets",
    old="return (await session.scalars(query)).all()",
    new=(
        "return [one for one in (await session.scalars(query)).all() if "
        'one.name.encode("ascii") or True]'
    ),
    expected="stories",
)
