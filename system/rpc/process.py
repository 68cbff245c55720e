"""The resolver process: composition root, and an end that loses nothing."""

import asyncio
import signal

import structlog

from system import logs
from system.rpc.circuit_breaker import Breaker
from system.rpc.connection_pool import PoolSettings
from system.rpc.probes import serve_probes
from system.rpc.resolver import Resolver
from system.rpc.settings import ResolverSettings, read_settings
from system.wire.connection import tls_context
from system.wire.rpc_server import RpcServer

log = structlog.stdlib.get_logger(__name__)


async def run() -> None:
    """Serve until SIGTERM or SIGINT, then drain."""
    settings = read_settings()
    logs.configure("resolver")
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with _resolver(settings) as resolver:
        await _serve(settings, resolver, ended)


async def _serve(settings: ResolverSettings, resolver: Resolver, ended: asyncio.Event) -> None:
    server = _server(settings, resolver)
    probes = await serve_probes(settings, server, resolver)
    starting = asyncio.create_task(server.start())
    await ended.wait()
    starting.cancel()
    log.info("draining", server=repr(server))
    await server.drain(grace_s=settings.drain_grace_s)
    await probes.cleanup()


def _server(settings: ResolverSettings, resolver: Resolver) -> RpcServer:
    return RpcServer(
        settings.broker_settings(),
        resolver.resolve,
        name="resolver",
        prefetch=settings.prefetch,
        telemetry=settings.telemetry,
        repeatable=resolver.repeatable,
        max_message_bytes=settings.max_message_bytes,
        lateness=resolver.lateness,
    )


def _resolver(settings: ResolverSettings) -> Resolver:
    secure = any(url.startswith("https:") for url in settings.services.values())
    return Resolver(
        settings.services,
        # A call holds one connection, so there are as many as calls that run at a time.
        connections=settings.prefetch,
        connect_timeout_s=settings.connect_timeout_s,
        lanes=PoolSettings(
            keepalive_s=settings.keepalive_s,
            max_answer_bytes=settings.max_answer_bytes,
            tls=tls_context(settings.services_ca_file, verify=settings.services_verify)
            if secure
            else None,
        ),
        telemetry=settings.telemetry,
        keeping_keys=settings.keeping_keys,
        breakers={service: _breaker(settings, service) for service in settings.services},
    )


def _breaker(settings: ResolverSettings, service: str) -> Breaker:
    return Breaker(
        service,
        failures=settings.breaker_failures,
        rest_s=settings.breaker_rest_s,
        patience_s=settings.breaker_patience_s,
    )
