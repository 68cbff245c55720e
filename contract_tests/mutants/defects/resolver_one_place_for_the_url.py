"""The resolver keeps one place for the URL of all calls."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver keeps one place for the URL of all calls.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="return await self._exchange(request, self._url(service, request), lane)",
    new=(
        "self.url = self._url(service, request)\n"
        '                await __import__("asyncio").sleep(0.002)\n'
        "                return await self._exchange(request, self.url, lane)"
    ),
    expected="crowd",
)
