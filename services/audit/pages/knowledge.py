"""``/auditoria/casos/{case_id}/quien-supo`` and ``…/lecturas``: what each organisation knew, and who read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.audit.history.queries import lines_of, until
from services.audit.knowledge.domain import Attempt, Organisation, Reading
from services.audit.knowledge.organisations import known_by
from services.audit.knowledge.readings import readings_in
from services.audit.pages.frame import TEMPLATES, as_field, asked_or_now, head_of, query_of, written
from services.audit.prose.glossary import fields_in_words
from services.audit.prose.people import actor_in_words, contact_in_words, organisation_in_words
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.ids import short_code
from services.chassis.locales import Translator
from services.chassis.web.pages.answers import page
from services.chassis.web.pages.viewer import viewer_of

OF_IDENTITY = "identity"
WHOLE = {"all": "other.all_fields", "own": "other.own_fields"}


@dataclass(frozen=True, slots=True)
class Said:
    """Words for codes of what is known, in the viewer's language."""

    say: Translator

    def organisation(self, code: str) -> str:
        """An organisation."""
        return organisation_in_words(code, self.say)

    def contact(self, attempt: Attempt) -> str:
        """Whom an attempt went to."""
        return contact_in_words(attempt.contact, self.say)

    def channel(self, attempt: Attempt) -> str:
        """By which channel."""
        return self.say.first(f"channel.{attempt.channel}", "other.channel")

    def actor(self, reading: Reading) -> str:
        """Who read."""
        return actor_in_words(reading.actor, self.say)

    def purpose(self, reading: Reading) -> str:
        """What for; of an exceptional access also on what ground."""
        if reading.purpose is None:
            return self.say("reading.no_purpose")
        if reading.what == OF_IDENTITY:
            return self.say(f"identity_purpose.{reading.purpose}")
        said = self.say(f"read_for.{reading.purpose}")
        return said if reading.override is None else f"{said}: {self.say(f'override.{reading.override}')}"

    def fields(self, names: Sequence[str], *, what: str = "") -> str:
        """Names of answers, of texts, or of parts of an identity."""
        if what == "refusal":
            return self.say("reading.refusal")
        if not names:
            return self.say("reading.nothing")
        if what == OF_IDENTITY:
            said = [self.say.first(f"identity_field.{name}", "other.field") for name in names]
            return ", ".join(dict.fromkeys(said))
        if len(names) == 1 and names[0] in WHOLE:
            return self.say(WHOLE[names[0]])
        return fields_in_words(names, self.say)

    def code(self, referral: UUID | None) -> str:
        """The four characters by which a referral is named."""
        return "" if referral is None else short_code(referral)


def pages(database: Database, tokens: Tokens, clock: Clock) -> APIRouter:
    """``GET /auditoria/casos/{case_id}/quien-supo`` and ``/lecturas``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/auditoria/casos/{case_id}/quien-supo")
    async def show_knowledge(
        request: Request,
        case_id: UUID,
        _principal: Principal = requires(tokens, Action.SEE_HISTORY),
        hasta: Annotated[str | None, Query(max_length=40)] = None,
    ) -> Response:
        """Shows what each organisation had been told at a moment, from the facts that had been recorded by then."""
        viewer = viewer_of(request, TEMPLATES.words)
        at, fault = asked_or_now(hasta, viewer.zone)
        everything = await lines_of(database, case_id)
        lines = until(everything, at)
        return page(
            request,
            TEMPLATES,
            "knowledge.html",
            fault=fault,
            now=clock(),
            head=head_of(case_id, everything),
            at=at,
            field=as_field(at, viewer.zone),
            chosen=query_of(hasta=written(at)),
            organisations=known_by(lines, at or clock()),
            moments=_turning_points(known_by(everything, clock()), f"/auditoria/casos/{case_id}/quien-supo"),
            said=Said(TEMPLATES.words(viewer.language)),
        )

    @router.get("/auditoria/casos/{case_id}/lecturas")
    async def show_readings(
        request: Request, case_id: UUID, _principal: Principal = requires(tokens, Action.SEE_HISTORY)
    ) -> Response:
        """Shows every reading of the case's sealed data, the newest first."""
        viewer = viewer_of(request, TEMPLATES.words)
        lines = await lines_of(database, case_id)
        return page(
            request,
            TEMPLATES,
            "readings.html",
            now=clock(),
            head=head_of(case_id, lines),
            chosen="",
            readings=list(reversed(readings_in(line.fact for line in lines))),
            said=Said(TEMPLATES.words(viewer.language)),
        )

    return router


def _turning_points(organisations: Sequence[Organisation], path: str) -> list[tuple[datetime, str]]:
    """The moments at which somebody's reading began or ended, each with the address of the page as of then."""
    found = {
        moment
        for organisation in organisations
        for disclosure in organisation.disclosures
        for window in disclosure.windows
        for moment in (window.since, window.until)
        if moment is not None
    }
    return [(moment, path + query_of(hasta=written(moment))) for moment in sorted(found)]
