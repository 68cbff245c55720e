"""Asks the supplier, over HTTP, how many pieces it has."""

import aiohttp

from system.srv_goods.database import GoodsSettings


class SupplierSilentError(Exception):
    """The supplier did not answer in time, or not usefully."""


class Supplier:
    """A few keep-alive connections to the supplier; close it with the worker."""

    def __init__(self, settings: GoodsSettings) -> None:
        self.session = aiohttp.ClientSession(
            settings.supplier_url,
            connector=aiohttp.TCPConnector(limit=settings.supplier_connections),
            timeout=aiohttp.ClientTimeout(total=settings.supplier_timeout_s),
        )

    async def in_stock(self, goods_id: int) -> int:
        """Return the number of pieces; raise SupplierSilentError."""
        try:
            async with self.session.get(f"/stock/{goods_id}", allow_redirects=False) as answer:
                answer.raise_for_status()
                return int((await answer.json())["in_stock"])
        except (aiohttp.ClientError, TimeoutError, KeyError, TypeError, ValueError) as error:
            raise SupplierSilentError from error

    async def close(self) -> None:
        """Close the connections."""
        await self.session.close()
