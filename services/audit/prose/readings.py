"""Describes who was shown what without sealed data, and what an auditor looked at."""

from collections.abc import Mapping

from events.contract import Event
from events.readings import CaseShown, HistoryRead, PersonToldWhoKnew, ReferralShown
from events.vocabulary import ShownView
from services.audit.prose.glossary import in_mexico, listed, reader_in_words
from services.audit.prose.sentence import Describer
from services.chassis.locales import Translator


def _referral(event: ReferralShown, say: Translator) -> str:
    who = reader_in_words(event.reader, say)
    if event.view is ShownView.EXPORT:
        return say("prose.referral.referral_shown.taken_out", who=who)
    return say("prose.referral.referral_shown", view=say(f"shown_view.{event.view}"), who=who)


def _case(event: CaseShown, say: Translator) -> str:
    who = reader_in_words(event.reader, say)
    return say("prose.intake.case_shown", view=say(f"shown_view.{event.view}"), who=who)


def _told(event: PersonToldWhoKnew, say: Translator) -> str:
    named = [reader_in_words(one, say) for one in event.organisations]
    return say("prose.intake.person_told_who_knew", shelter=event.shelter, organisations=listed(named, say))


def _looked(event: HistoryRead, say: Translator) -> str:
    view = say(f"audit_view.{event.view}")
    if event.at is None:
        return say("prose.audit.history_read", view=view)
    return say("prose.audit.history_read.as_of", view=view, at=in_mexico(event.at))


DESCRIBERS: Mapping[type[Event], Describer] = {
    ReferralShown: _referral,
    CaseShown: _case,
    PersonToldWhoKnew: _told,
    HistoryRead: _looked,
}
