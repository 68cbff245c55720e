"""The gateway does not listen to the deadline that a client asks for."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The gateway does not listen to the deadline that a client asks for.",
    layer="gateway",
    part="gateway",
    module="system.gateway.router",
    old='asked = request.headers.get(TIMEOUT_HEADER, "")',
    new='asked = ""',
    expected="crowd",
)
