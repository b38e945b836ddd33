"""The service worker of Albergue: one script that names one version of everything a telephone keeps to work offline.

The version is a digest of every asset, every template and every word, so that a telephone has all of one version or all
of the next, and never a page of one with the words of another.
"""

import hashlib
import json
import re
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.chassis.locales import COMPLETE
from services.chassis.web.pages.assets import asset, assets, digest
from services.intake.pages.register import OPTIONAL_SCRIPTS
from services.intake.pages.shells import KEPT, LANGUAGE

SHELLS = ("registrar", "pendientes")
"""The pages that are kept, by the ends of their paths."""
_SERVICES = Path(__file__).parents[2]
_DRAWN_FROM = ("chassis/locale", "chassis/web/pages/templates", "intake/locale", "intake/pages/templates")
_TEMPLATES = (_SERVICES / "chassis/web/pages/templates/layout.html", _SERVICES / "intake/pages/templates")
_NAMED = re.compile(r"""asset\("([^"]+)"\)""")
_IMPORTED = re.compile(r"""(?:from |import\()"\./([^"]+)\"""")
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"
"""Of the worker itself: it runs our files and speaks to nobody else."""


def routes() -> APIRouter:
    """``/albergue/sw.js``: open to everybody, since it says nothing of anybody."""
    router = APIRouter(include_in_schema=False)

    @router.get("/albergue/sw.js")
    async def get_service_worker(_: Request) -> Response:
        """Sends the worker. Browsers ask for it at each visit, and take the next version when a byte differs."""
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
        return Response(script(), media_type="text/javascript; charset=utf-8", headers=headers)

    return router


@cache
def script() -> str:
    """The worker: the module that does the work, told what it keeps."""
    kept = {
        "version": version(),
        "shells": {f"/albergue/{name}": f"{KEPT}/{name}?{LANGUAGE}=" for name in SHELLS},
        "languages": COMPLETE,
        "files": [asset(name) for name in files()],
    }
    return f'import {{ serve }} from "{asset("service-worker.js")}";\n\nserve({json.dumps(kept, indent=1)});\n'


@cache
def version() -> str:
    """The digest of everything that shells are made of."""
    together = hashlib.sha256(digest().encode())
    for folder in _DRAWN_FROM:
        for path in sorted(one for one in (_SERVICES / folder).rglob("*") if one.suffix in {".po", ".html"}):
            together.update(str(path.relative_to(_SERVICES)).encode() + b"\0" + path.read_bytes())
    return together.hexdigest()[:16]


@cache
def files() -> tuple[str, ...]:
    """The assets that pages of Albergue name, and whatever those import."""
    known, found = assets(), set[str]()
    waiting = [
        *OPTIONAL_SCRIPTS,
        *(name for path in _templates() for name in _NAMED.findall(path.read_text(encoding="utf-8"))),
    ]
    while waiting:
        name = waiting.pop()
        if name not in found and name in known:
            found.add(name)
            if name.endswith(".js"):
                waiting += _IMPORTED.findall(known[name].content.decode())
    return tuple(sorted(found))


def _templates() -> list[Path]:
    return [one for path in _TEMPLATES for one in (sorted(path.rglob("*.html")) if path.is_dir() else [path])]
