"""The resolver follows redirects, as the published design does."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver follows redirects, as the published design does.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="allow_redirects=False",
    new="allow_redirects=True",
    expected="received",
    equivalent=(
        "The services redirect to a path without its slash alone, and the "
        "gateway's routes let no such path pass."
    ),
)
