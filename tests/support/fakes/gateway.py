"""A messaging gateway: a real HTTP server on this machine that keeps what arrives and can refuse."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Gateway:
    """Keeps every request; answers with ``status``, after asking ``on_request``."""

    port: int = 0
    status: int = 200
    requests: list[Request] = field(default_factory=list)
    on_request: Callable[[Request], None] | None = None
    location: str | None = None

    def to(self, address: str) -> list[Request]:
        """What one address has got, wherever the gateway takes it from."""
        return [one for one in list(self.requests) if address in one.path or address.encode() in one.body]


@contextmanager
def open_gateway() -> Iterator[Gateway]:
    """A gateway on a free port, for as long as the context lasts."""
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            request = Request(self.path, {k.lower(): v for k, v in self.headers.items()}, self.rfile.read(length))
            gateway.requests.append(request)
            if gateway.on_request is not None:
                gateway.on_request(request)
            self.send_response(gateway.status)
            if gateway.location is not None:
                self.send_header("location", gateway.location)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    gateway.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
