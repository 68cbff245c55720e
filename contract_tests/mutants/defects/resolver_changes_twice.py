"""The resolver sends a PATCH twice."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver sends a PATCH twice.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="return await self._exchange(request, self._url(service, request), lane)",
    new=(
        'if request.head.method == "PATCH":\n'
        "                    await self._exchange(request, self._url(service, "
        "request), lane)\n"
        "                return await self._exchange(request, self._url(service, "
        "request), lane)"
    ),
    expected="received",
)
