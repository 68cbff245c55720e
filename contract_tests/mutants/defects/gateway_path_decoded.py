"""The gateway passes the path on as it understood it, and not as it came."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway passes the path on as it understood it, and not as it came.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old='path=request.scope["raw_path"].decode("latin-1"),',
    new='path=__import__("urllib.parse").parse.quote(request.scope["path"]),',
    expected="received",
)
