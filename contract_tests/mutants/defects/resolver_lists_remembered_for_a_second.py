"""The resolver answers a read from memory for a second."""

from contract_tests.mutants.defect import Defect

DEFECT = Defect(
    sentence="The resolver answers a read from memory for a second.",
    layer="resolver",
    part="resolver",
    module="system.rpc.resolver",
    old="return await self._exchange(request, self._url(service, request), lane)",
    new=(
        'kept, own = self.__dict__.setdefault("kept", {}), (request.head.path, '
        "request.head.query)\n"
        '                if request.head.method != "GET" or kept.get(own, '
        "(0,))[0] < time.monotonic() - 1:\n"
        "                    answer = await self._exchange(request, "
        "self._url(service, request), lane)\n"
        "                    kept[own] = (time.monotonic(), answer)\n"
        "                return kept[own][1]"
    ),
    expected="stories",
)
