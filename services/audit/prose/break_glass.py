"""Describes exceptional access (break-glass)."""

from collections.abc import Mapping

from events.break_glass import BreakGlassLimited, BreakGlassOpened, BreakGlassReviewed, BreakGlassUnreviewed
from events.contract import Event
from services.audit.prose.glossary import in_mexico, reader_in_words
from services.audit.prose.sentence import Describer, plain
from services.chassis.locales import Translator


def _opened(event: BreakGlassOpened, say: Translator) -> str:
    return say(
        "prose.referral.break_glass_opened",
        who=reader_in_words(event.opened_for, say),
        agency=event.agency,
        basis=say(f"override.{event.basis}"),
        until=in_mexico(event.until),
        review_by=in_mexico(event.review_by),
    )


def _reviewed(event: BreakGlassReviewed, say: Translator) -> str:
    role, verdict = say(f"role.{event.reviewed_as}"), say(f"verdict.{event.verdict}")
    return say("prose.referral.break_glass_reviewed", role=role, agency=event.agency, verdict=verdict)


def _limited(event: BreakGlassLimited, say: Translator) -> str:
    who = reader_in_words(event.opened_for, say)
    return say("prose.referral.break_glass_limited", who=who, an_hour=event.an_hour, a_day=event.a_day)


DESCRIBERS: Mapping[type[Event], Describer] = {
    BreakGlassOpened: _opened,
    BreakGlassReviewed: _reviewed,
    BreakGlassLimited: _limited,
    BreakGlassUnreviewed: plain("prose.referral.break_glass_unreviewed"),
}
