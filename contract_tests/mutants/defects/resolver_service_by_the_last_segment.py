"""The resolver looks for the service's name at the end of the path."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver looks for the service's name at the end of the path.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old='request.head.path.split("/", 2)[1]',
    new='request.head.path.rpartition("/")[2]',
    expected="stories",
)
