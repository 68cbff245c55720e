"""The resolver sends a DELETE twice and answers with the second answer."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver sends a DELETE twice and answers with the second answer.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="return await self._exchange(request, self._url(service, request), lane)",
    new=(
        'if request.head.method == "DELETE":\n'
        "                    await self._exchange(request, self._url(service, "
        "request), lane)\n"
        "                return await self._exchange(request, self._url(service, "
        "request), lane)"
    ),
    expected="stories",
)
