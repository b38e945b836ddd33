"""The stylesheet, scripts and icons of every page, under an address that changes with their content.

What all pages share lies beside this file, what one service's pages need beside those pages. Every process sends all of
them, so that the addresses are the same wherever a page was drawn.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.chassis.errors import NotFoundError

SHARED = Path(__file__).with_name("assets")
FOLDERS = (SHARED, *sorted(Path(__file__).parents[3].glob("*/pages/assets")))
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
FOR_EVER = "public, max-age=31536000, immutable"
"""An address with the right digest always has the same content."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    content: bytes
    compressed: bytes
    media_type: str


@cache
def assets() -> dict[str, Asset]:
    """Every file by its name.

    Raises:
        ValueError: two folders have a file of the same name.
    """
    found: dict[str, Asset] = {}
    for path in sorted(
        (path for folder in FOLDERS for path in folder.iterdir() if path.suffix in MEDIA_TYPES),
        key=lambda path: path.name,
    ):
        if path.name in found:
            raise ValueError(f"two files are called {path.name}")
        content = path.read_bytes()
        found[path.name] = Asset(content, gzip.compress(content, mtime=0), MEDIA_TYPES[path.suffix])
    return found


@cache
def digest() -> str:
    """The digest of all files together: a script imports another by its name, so they change their address as one."""
    together = hashlib.sha256()
    for name, asset in assets().items():
        together.update(name.encode() + b"\0" + hashlib.sha256(asset.content).digest())
    return together.hexdigest()[:16]


def asset(name: str) -> str:
    """The address of a file.

    Raises:
        KeyError: there is no such file: a programming error.
    """
    assets()[name]
    return f"/recursos/{digest()}/{name}"


def routes() -> APIRouter:
    """``/recursos/{digest}/{name}``: open to everybody, and kept by browsers."""
    router = APIRouter(include_in_schema=False)

    @router.get("/recursos/{version}/{name}")
    async def get_asset(request: Request, version: str, name: str) -> Response:
        """Sends a file. A page from before an upgrade gets today's, which no browser keeps."""
        found = assets().get(name)
        if found is None:
            raise NotFoundError
        headers = {"Vary": "Accept-Encoding", "Cache-Control": FOR_EVER if version == digest() else "no-store"}
        if accepts_gzip(request):
            return Response(
                found.compressed, media_type=found.media_type, headers={**headers, "Content-Encoding": "gzip"}
            )
        return Response(found.content, media_type=found.media_type, headers=headers)

    return router


def accepts_gzip(request: Request) -> bool:
    """Whether the browser takes compressed answers."""
    offered = [one.replace(" ", "") for one in request.headers.get("accept-encoding", "").split(",")]
    return any(one.partition(";")[0] == "gzip" and not one.endswith(";q=0") for one in offered)
