"""A service's answer of which no more than a limit is ever held."""

import aiohttp

from system.wire.rpc_errors import UpstreamBadError


class BoundedAnswer(aiohttp.ClientResponse):
    """Reads its body as far as the limit of its kind; see `limited_to`."""

    max_bytes = 0

    async def read(self) -> bytes:
        """Return the whole body; beyond the limit close the connection, raise UpstreamBadError."""
        told = self.content_length
        if told is not None and told > self.max_bytes:
            raise self._too_long()
        if told is None and self._body is None:
            self._body = await self._bounded()
        return await super().read()

    async def _bounded(self) -> bytes:
        parts, size = [], 0
        while part := await self.content.readany():
            size += len(part)
            if size > self.max_bytes:
                raise self._too_long()
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _too_long(self) -> UpstreamBadError:
        self.close()
        return UpstreamBadError(f"The service answered with more than {self.max_bytes} bytes.")


def limited_to(max_bytes: int) -> type[BoundedAnswer]:
    """Return the kind of answer that holds at most so many bytes of body."""
    return type("LimitedAnswer", (BoundedAnswer,), {"max_bytes": max_bytes})
