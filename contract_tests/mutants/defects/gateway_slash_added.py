"""The gateway adds a slash to every path."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway adds a slash to every path.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old='path=request.scope["raw_path"].decode("latin-1"),',
    new='path=request.scope["raw_path"].decode("latin-1") + "/",',
    expected="stories",
)
