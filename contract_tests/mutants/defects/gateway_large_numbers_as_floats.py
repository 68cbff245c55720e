"""The gateway turns whole numbers of an answer into floats."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway turns whole numbers of an answer into floats.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old="response = Response(reply.body, status_code=reply.head.status)",
    new=(
        'response = Response(__import__("re").sub(rb":([0-9]+)([,}])", '
        'rb":\\1.0\\2", reply.body), status_code=reply.head.status)'
    ),
    expected="stories",
)
