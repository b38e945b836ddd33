"""``/albergue/telefonos``: the shelter's telephones, a code for another, and what one of them could not send itself."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import MalformedRequestError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.cursors import Cursors
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import form_of
from services.chassis.web.pages.templating import PageTemplates
from services.intake.devices.commands import DeviceCommands
from services.intake.devices.policy import MAX_IMPORT_BYTES, MAX_RECORDS
from services.intake.devices.queries import list_devices
from services.intake.devices.receiving import RecordReceiver

TEMPLATES = PageTemplates(__name__, "pages/templates/devices")
HERE = "/albergue/telefonos"
CODE = "clave"
"""The parameter that names the order by which a code was given out; the code itself is in no address."""
PAGE_SIZE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePages:
    """Draws the page, and does what its forms say."""

    devices: DeviceCommands
    records: RecordReceiver
    database: Database
    cursors: Cursors
    clock: Clock

    async def shown(
        self, request: Request, by: Principal, *, fault: ServiceError | None = None, **parts: Any
    ) -> Response:
        """The page as it is now."""
        cursor = request.query_params.get("cursor")
        listed = await list_devices(self.database, self.cursors, by, cursor=cursor, limit=PAGE_SIZE)
        shown: dict[str, Any] = {
            "devices": listed.items,
            "next": "" if listed.next_cursor is None else f"{HERE}?cursor={listed.next_cursor}",
            "first_page": HERE if cursor else "",
            "code": await self._code(request, by),
            "orders": {device.device_id: uuid4() for device in listed.items},
            "order": uuid4(),
            "most": MAX_RECORDS,
            "outcomes": None,
            "written": "",
            **parts,
        }
        return page(request, TEMPLATES, "devices.html", fault=fault, now=self.clock(), address=HERE, **shown)

    async def give_out(self, request: Request, by: Principal) -> Response:
        """Gives out a code, and shows it on the page."""
        try:
            form = await form_of(request, by)
            await self.devices.issue_code(form.command_id, by)
        except ServiceError as error:
            return await self.shown(request, by, fault=error)
        return done(f"{HERE}?{CODE}={form.command_id}")

    async def revoke(self, request: Request, device: str, by: Principal) -> Response:
        """Revokes a telephone."""
        try:
            form = await form_of(request, by)
            await self.devices.revoke(device, form.command_id, by)
        except ServiceError as error:
            if error.status == 404:
                raise
            return await self.shown(request, by, fault=error)
        return done(HERE, "device_revoked")

    async def take_in(self, request: Request, by: Principal) -> Response:
        """Takes in a sealed file, and says of each record what became of it. Sent again, it says the same."""
        written = ""
        try:
            form = await form_of(request, by, MAX_IMPORT_BYTES)
            written = form.fields.get("registros", "")
            taken = await self.records.take_in(_records_in(written), by)
        except ServiceError as error:
            return await self.shown(request, by, fault=error, written=written)
        return await self.shown(request, by, outcomes=taken.records)

    async def _code(self, request: Request, by: Principal) -> Any:
        try:
            return await self.devices.code_given_out(UUID(request.query_params.get(CODE, "")), by)
        except ValueError:
            return None


def pages(drawn: DevicePages, tokens: Tokens) -> APIRouter:
    """``/albergue/telefonos`` and what its forms send."""
    router = APIRouter(include_in_schema=False)

    @router.get(HERE)
    async def show_devices(request: Request, principal: Principal = requires(tokens, Action.ENROL_DEVICE)) -> Response:
        """Shows the shelter's telephones."""
        return await drawn.shown(request, principal)

    @router.post(f"{HERE}/clave")
    async def give_out_code(
        request: Request, principal: Principal = requires(tokens, Action.ENROL_DEVICE, by_form=True)
    ) -> Response:
        """Gives out a one-time code."""
        return await drawn.give_out(request, principal)

    @router.post(f"{HERE}/{{device_id}}/baja")
    async def revoke_a_device(
        request: Request, device_id: str, principal: Principal = requires(tokens, Action.ENROL_DEVICE, by_form=True)
    ) -> Response:
        """Takes a telephone's right to hand in records."""
        return await drawn.revoke(request, device_id, principal)

    @router.post(f"{HERE}/archivo", max_body_size=MAX_IMPORT_BYTES)
    async def take_in_a_file(
        request: Request, principal: Principal = requires(tokens, Action.ENROL_DEVICE, by_form=True)
    ) -> Response:
        """Takes in the sealed file of a telephone."""
        return await drawn.take_in(request, principal)

    return router


def _records_in(written: str) -> list[Any]:
    """The records of a file that a telephone saved.

    Raises:
        MalformedRequestError: it is none, or holds more than is taken at once.
    """
    try:
        found = json.loads(written)
    except (ValueError, RecursionError):
        found = None
    records = found.get("records") if isinstance(found, dict) else found
    if not isinstance(records, list) or not records or len(records) > MAX_RECORDS:
        raise MalformedRequestError(faults=[{"field": "registros", "code": "not_a_sealed_file"}])
    return records
