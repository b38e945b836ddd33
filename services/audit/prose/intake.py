"""Describes submissions, consent and answers."""

from collections.abc import Mapping

from events.contract import Event
from events.intake import (
    AnswersAmended,
    CaseOpened,
    ConsentRecorded,
    ConsentWithdrawn,
    IdentityRead,
    PersonErased,
    RefusalRead,
    RefusalSettled,
    ShelterHeard,
    SubmissionRefused,
)
from services.audit.prose.glossary import listed
from services.audit.prose.sentence import Describer, plain, sentences
from services.chassis.locales import Translator


def _opened(event: CaseOpened, say: Translator) -> str:
    return sentences(
        say("prose.intake.case_opened", shelter=event.shelter, kind=say(f"kind.{event.kind}"), worker=event.worker),
        say("prose.intake.case_opened.skewed", seconds=event.skew_seconds) if event.skew_flagged else None,
    )


def _consented(event: ConsentRecorded, say: Translator) -> str:
    decision = say(f"consent.{event.consent.decision}")
    return say("prose.intake.consent_recorded", recipient=event.consent.recipient, decision=decision)


def _refused(event: SubmissionRefused, say: Translator) -> str:
    why = say.first(f"refused.{event.code}", "other.refusal")
    said = {"org": event.org, "why": why, "number": len(event.faults)}
    if event.amends:
        return say("prose.intake.submission_refused.amendment", **said)
    return say("prose.intake.submission_refused", **said)


def _settled(event: RefusalSettled, say: Translator) -> str:
    if event.corrected:
        return say("prose.intake.refusal_settled.corrected", org=event.org)
    return say("prose.intake.refusal_settled", org=event.org)


def _identity(event: IdentityRead, say: Translator) -> str:
    purpose = say(f"identity_purpose.{event.purpose}")
    if not event.fields:
        return say("prose.intake.identity_read.nothing", shelter=event.shelter, purpose=purpose)
    fields = listed([say.first(f"identity_field.{field}", "other.field") for field in event.fields], say)
    return say("prose.intake.identity_read", shelter=event.shelter, purpose=purpose, fields=fields)


def _amended(event: AnswersAmended, say: Translator) -> str:
    if event.restored:
        return say("prose.intake.answers_amended.restored", shelter=event.shelter)
    return say("prose.intake.answers_amended", shelter=event.shelter)


def _erased(event: PersonErased, say: Translator) -> str:
    return say("prose.intake.person_erased", basis=say(f"erasure.{event.basis}"))


DESCRIBERS: Mapping[type[Event], Describer] = {
    CaseOpened: _opened,
    AnswersAmended: _amended,
    ConsentRecorded: _consented,
    ConsentWithdrawn: plain("prose.intake.consent_withdrawn"),
    SubmissionRefused: _refused,
    RefusalRead: plain("prose.intake.refusal_read"),
    RefusalSettled: _settled,
    IdentityRead: _identity,
    PersonErased: _erased,
    ShelterHeard: plain("prose.intake.shelter_heard"),
}
