"""``/avisos/canales``: by which channels one is notified oneself, a test of each, and one's quiet hours."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter, Request
from starlette.responses import Response

from events.vocabulary import Urgency
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.errors import MalformedRequestError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import Form, form_of
from services.notifications.channel_tests.commands import ChannelTestCommands
from services.notifications.contacts.commands import ContactCommands
from services.notifications.contacts.own import OwnContact, OwnContacts
from services.notifications.contacts.quiet_hours import QuietHours, minutes
from services.notifications.delivery.policy import NotificationPolicy
from services.notifications.pages.frame import TEMPLATES

PATH = "/avisos/canales"
NOTHING = Form({})
NEAR = (
    "America/Mexico_City",
    "America/Tijuana",
    "America/Hermosillo",
    "America/Chihuahua",
    "America/Cancun",
    "America/Guatemala",
    "America/Tegucigalpa",
    "America/El_Salvador",
    "America/New_York",
    "Europe/Madrid",
    "Europe/Zurich",
    "UTC",
)
"""The time zones that the form offers; a person's own is there, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPages:
    """Draws the page of a person's own channels, and does what its forms say."""

    contacts: OwnContacts
    commands: ContactCommands
    tests: ChannelTestCommands
    policy: NotificationPolicy
    clock: Clock

    async def shown(
        self, request: Request, principal: Principal, *, fault: ServiceError | None = None, form: Form = NOTHING
    ) -> Response:
        """The page as it is now, with what was written where it was refused."""
        own = await self.contacts.of(principal)
        now = self.clock()
        zone = "" if own is None else own.time_zone
        holds = self.policy.quiet.holds
        return page(
            request,
            TEMPLATES,
            "channels.html",
            fault=fault,
            now=now,
            address=PATH,
            own=own,
            quiet_until=None if own is None else _quiet_until(own, now),
            quiet_from=_hour(own, 0),
            quiet_to=_hour(own, 1),
            from_hour=form.fields.get("desde", _hour(own, 0)),
            to_hour=form.fields.get("hasta", _hour(own, 1)),
            zone=form.fields.get("zona", zone),
            zones=[(one, one.replace("_", " ")) for one in dict.fromkeys((zone, *NEAR)) if one],
            waits=[one for one in Urgency if one in holds],
            never_waits=[one for one in Urgency if one not in holds],
            tests=await self.tests.last(principal),
            orders={one.channel: uuid4() for one in (() if own is None else own.channels)},
            order=uuid4(),
            clear_order=uuid4(),
        )

    async def set_quiet_hours(self, request: Request, principal: Principal) -> Response:
        """Sets or clears the quiet hours; refused, the form is as it was written."""
        form = NOTHING
        try:
            form = await form_of(request, principal)
            quiet, zone = _written(form)
            await self.commands.set_quiet_hours(form.command_id, quiet, zone, principal)
        except ServiceError as error:
            return await self.shown(request, principal, fault=error, form=form)
        return done(PATH, "quiet_hours_set" if quiet else "quiet_hours_cleared")

    async def test(self, request: Request, principal: Principal) -> Response:
        """Sends a message by one channel."""
        try:
            form = await form_of(request, principal)
            await self.tests.test(form.command_id, form.text("canal") or "", principal)
        except ServiceError as error:
            return await self.shown(request, principal, fault=error)
        return done(PATH, "channel_test_sent")


def pages(own: ChannelPages, tokens: Tokens) -> APIRouter:
    """``GET /avisos/canales``, ``POST /avisos/canales/descanso`` and ``/avisos/canales/prueba``."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def show_channels(request: Request, principal: Principal = requires(tokens, Action.OWN_CHANNELS)) -> Response:
        """Shows one's own channels and quiet hours."""
        return await own.shown(request, principal)

    @router.post(PATH + "/descanso")
    async def set_quiet_hours(
        request: Request, principal: Principal = requires(tokens, Action.OWN_CHANNELS, by_form=True)
    ) -> Response:
        """Sets one's quiet hours."""
        return await own.set_quiet_hours(request, principal)

    @router.post(PATH + "/prueba")
    async def test_channel(
        request: Request, principal: Principal = requires(tokens, Action.OWN_CHANNELS, by_form=True)
    ) -> Response:
        """Sends oneself a message by one channel."""
        return await own.test(request, principal)

    return router


def _written(form: Form) -> tuple[tuple[int, int] | None, str]:
    """The quiet hours and the time zone of a form; no hours where both are empty.

    Raises:
        MalformedRequestError: they are no hours, or there is no such time zone.
    """
    begin, end, zone = form.text("desde"), form.text("hasta"), form.text("zona") or ""
    if zone not in available_timezones():
        raise MalformedRequestError(faults=[{"field": "zona", "code": "enum"}])
    if begin is None and end is None:
        return None, zone
    try:
        return minutes(f"{begin}-{end}"), zone
    except ValueError:
        field = "desde" if begin is None else "hasta"
        raise MalformedRequestError(faults=[{"field": field, "code": "not_hours"}]) from None


def _hour(own: OwnContact | None, which: int) -> str:
    if own is None or own.quiet is None:
        return ""
    return f"{own.quiet[which] // 60:02}:{own.quiet[which] % 60:02}"


def _quiet_until(own: OwnContact, now: datetime) -> datetime | None:
    """When the quiet hours end in which the person is now; ``None``: these are none."""
    return None if own.quiet is None else QuietHours(*own.quiet, ZoneInfo(own.time_zone)).until(now)
