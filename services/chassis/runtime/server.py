"""Runs an application under uvicorn so that it can stop: open event streams are ended first."""

import asyncio
import errno
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from services.chassis.runtime.certificate import Certificate
from services.chassis.runtime.event_loop import settle
from services.chassis.runtime.http_protocol import StrictProtocol
from services.chassis.runtime.service import Service
from services.chassis.settings import Settings
from services.chassis.web.forwarded import Forwarded

SHUTDOWN_GRACE = 20
"""Seconds for requests in progress; the process must end within 30 of an operator's SIGTERM."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class PortTakenError(RuntimeError):
    """The address cannot be listened on; ``sentences`` say why, in Spanish and in English."""

    def __init__(self, host: str, port: int, error: OSError, setting: str = "CANALIZA_PORT") -> None:
        """``error``: what the system answered; ``setting``: the one that another port would be set by."""
        super().__init__(f"{host}:{port}")
        self.sentences = _why_not(host, port, error, setting)


def _why_not(host: str, port: int, error: OSError, setting: str) -> tuple[str, str]:
    if error.errno == errno.EADDRINUSE:
        return f"El puerto {port} está ocupado: ponga otro {setting}.", f"The port is taken: set {setting}."
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"Este usuario no puede abrir el puerto {port}: ponga un {setting} de 1024 o más.",
            f"This user may not open that port: set a {setting} of 1024 or more.",
        )
    of_host = setting.replace("PORT", "HOST")
    return f"{of_host} no es una dirección de esta máquina: {host}", "That is no address of this machine."


class Server(uvicorn.Server):
    """Ends open event streams before stopping: uvicorn waits for open connections, and streams never end alone."""

    def __init__(self, app: FastAPI, *, on_signals: bool) -> None:
        """``on_signals``: Ctrl-C and SIGTERM end it; otherwise the caller ends it."""
        settings: Settings = app.state.settings
        config = uvicorn.Config(
            Forwarded(app, settings.proxies),
            http=StrictProtocol,
            proxy_headers=False,  # uvicorn's own believes whoever is on this machine, and FORWARDED_ALLOW_IPS
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=SHUTDOWN_GRACE,
        )
        super().__init__(config)
        self._services: list[Service] = list(app.state.services)
        self._on_signals = on_signals

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the streams, then stops as uvicorn does."""
        for service in self._services:
            service.release()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, but the signal is not raised again afterwards: the calling command stops in its own order."""
        signals = SIGNALS if self._on_signals else ()
        before = {number: signal.signal(number, self.handle_exit) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def listen(host: str, port: int, setting: str = "CANALIZA_PORT") -> socket.socket:
    """A listening socket; port 0 takes a free one. ``setting``: the one that another port would be set by.

    Raises:
        PortTakenError: the port is taken, or is not this user's to open, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay off only if the protocol is given; otherwise every answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise PortTakenError(host, port, error, setting) from error
    return listener


def url_of(listener: socket.socket, *, tls: bool = False) -> str:
    """The URL of a listening socket."""
    (host, port), scheme = listener.getsockname()[:2], "https" if tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


@asynccontextmanager
async def served(
    app: FastAPI, listener: socket.socket, *, on_signals: bool = False
) -> AsyncIterator[asyncio.Task[None]]:
    """Serves until the context is left. Yields the serving task, which ends by itself on a signal.

    Raises:
        PortTakenError: that of the metrics is taken.
        RuntimeError: the application did not start.
    """
    server = Server(app, on_signals=on_signals)
    async with AsyncExitStack() as stack:
        metrics = getattr(app.state, "metrics", None)  # an application of somebody else has none
        if metrics is not None:
            settings: Settings = app.state.settings
            port = listen(settings.metrics_host, settings.metrics_port or 0, "CANALIZA_METRICS_PORT")
            app.state.metrics_url = f"{url_of(port)}/metrics"
            await stack.enter_async_context(metrics.served(port))
        async with _running(server, listener) as task:
            yield task


@asynccontextmanager
async def _running(server: Server, listener: socket.socket) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if task.done():
                task.result()
                raise RuntimeError("the application ended while it started")
            await asyncio.sleep(0.01)
        settle()
        async with _certificate_kept(server):
            yield task
    finally:
        server.should_exit = True
        await task
        listener.close()


@asynccontextmanager
async def _certificate_kept(server: Server) -> AsyncIterator[None]:
    """Follows the files of the certificate, if it answers by TLS, as long as the context lasts."""
    context, chain, key = server.config.ssl, server.config.ssl_certfile, server.config.ssl_keyfile
    if context is None or chain is None or key is None:
        yield
        return
    watching = asyncio.create_task(Certificate(context, Path(chain), Path(key)).watch(), name="certificate")
    try:
        yield
    finally:
        watching.cancel()
