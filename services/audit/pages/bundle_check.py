"""``/auditoria/comprobar``: a bundle that is handed in, verified check by check and compared with what is sealed."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.audit.bundles.errors import NotABundleError
from services.audit.pages.frame import TEMPLATES
from services.audit.verification.uploads import BundleChecks, Checked
from services.audit.verification.words import checks_in_words
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import MalformedRequestError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.viewer import viewer_of

PATH = "/auditoria/comprobar"
HAND_IN = f"{PATH}/archivo"
MAX_BUNDLE_BYTES = 12 * 1024 * 1024
"""Of a bundle that a page takes, some ten thousand events: a body is in memory before its sender is known. A larger
one is verified from the command line."""
FIELD = "paquete"


def pages(checks: BundleChecks, tokens: Tokens, clock: Clock) -> APIRouter:
    """``/auditoria/comprobar``."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def ask_for_bundle(request: Request, _principal: Principal = requires(tokens, Action.SEE_LEDGER)) -> Response:
        """Asks for the file."""
        return _page(request, clock())

    @router.post(HAND_IN, max_body_size=MAX_BUNDLE_BYTES)
    async def check_bundle(
        request: Request, _principal: Principal = requires(tokens, Action.SEE_LEDGER, by_form=True)
    ) -> Response:
        """Verifies the file and shows every check. Nothing of it is kept."""
        language = viewer_of(request, TEMPLATES.words).language
        checked, wrong, fault = None, "", None
        try:
            async with _handed_in(request) as path:
                checked = await checks.check(path)
        except MalformedRequestError as error:
            fault = error
        except NotABundleError as error:
            wrong = error.sentence(language)
        except TimeoutError:
            wrong = TEMPLATES.words(language)("audit.bundle.took_too_long")
        return _page(request, clock(), fault=fault, wrong=wrong, checked=checked)

    return router


def _page(
    request: Request,
    now: datetime,
    *,
    fault: MalformedRequestError | None = None,
    wrong: str = "",
    checked: Checked | None = None,
) -> Response:
    """The page with what was found of a file, if one was handed in; ``wrong``: why it is none."""
    language = viewer_of(request, TEMPLATES.words).language
    return page(
        request,
        TEMPLATES,
        "bundle_check.html",
        fault=fault,
        status=200 if fault is None else 422,
        now=now,
        largest=MAX_BUNDLE_BYTES >> 20,
        wrong=wrong,
        checked=checked,
        checks=[] if checked is None else checks_in_words(checked.report, (language,)),
    )


@asynccontextmanager
async def _handed_in(request: Request) -> AsyncIterator[Path]:
    """The file of the form, as long as the context lasts.

    Raises:
        MalformedRequestError: no file is in it.
    """
    with tempfile.TemporaryDirectory(prefix="canaliza-bundle-") as folder:
        path = Path(folder) / FIELD
        try:
            async with request.form(max_files=1, max_fields=2) as form:
                file = form.get(FIELD)
                if not isinstance(file, UploadFile) or not file.size:
                    raise MalformedRequestError(faults=[{"field": FIELD, "code": "missing"}])
                with path.open("wb") as copy:
                    await asyncio.to_thread(shutil.copyfileobj, file.file, copy)
        except HTTPException:  # what Starlette says of a form that is none
            raise MalformedRequestError(faults=[{"field": FIELD, "code": "missing"}]) from None
        yield path
