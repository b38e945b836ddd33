"""Describes silence and caravan mode."""

from collections.abc import Mapping

from events.contract import Event
from events.silence import (
    CaravanBegan,
    CaravanEnded,
    DeskFellSilent,
    DeskHeardAgain,
    ShelterFellSilent,
    ShelterHeardAgain,
)
from services.audit.prose.glossary import in_mexico, listed, urgency_in_words
from services.audit.prose.sentence import Describer, sentences
from services.chassis.locales import Translator


def _desk_silent(event: DeskFellSilent, say: Translator) -> str:
    measure, since = say(f"silence_measure.{event.measure}"), in_mexico(event.since)
    urgency = None if event.urgency is None else urgency_in_words(event.urgency, say)
    return sentences(
        say("prose.referral.desk_fell_silent", desk=event.desk, agency=event.agency, since=since, measure=measure),
        say("prose.referral.desk_fell_silent.most_urgent", urgency=urgency) if urgency else None,
        say("prose.caravan_thresholds") if event.caravan else None,
    )


def _desk_heard(event: DeskHeardAgain, say: Translator) -> str:
    times = {"heard_at": in_mexico(event.heard_at), "since": in_mexico(event.since)}
    return say("prose.referral.desk_heard_again", desk=event.desk, agency=event.agency, **times)


def _shelter_silent(event: ShelterFellSilent, say: Translator) -> str:
    return sentences(
        say("prose.referral.shelter_fell_silent", shelter=event.shelter, since=in_mexico(event.since)),
        say("prose.caravan_thresholds") if event.caravan else None,
    )


def _shelter_heard(event: ShelterHeardAgain, say: Translator) -> str:
    times = {"heard_at": in_mexico(event.heard_at), "since": in_mexico(event.since)}
    return say("prose.referral.shelter_heard_again", shelter=event.shelter, **times)


def _began(event: CaravanBegan, say: Translator) -> str:
    return say(
        "prose.referral.caravan_began",
        where=listed(event.states or event.shelters, say),
        reason=say(f"caravan_reason.{event.reason}"),
        until=in_mexico(event.until),
        ladders=event.ladders,
        silence=event.silence,
    )


def _ended(event: CaravanEnded, say: Translator) -> str:
    where, how = listed(event.states or event.shelters, say), say(f"caravan_end.{event.how}")
    return say("prose.referral.caravan_ended", where=where, how=how)


DESCRIBERS: Mapping[type[Event], Describer] = {
    DeskFellSilent: _desk_silent,
    DeskHeardAgain: _desk_heard,
    ShelterFellSilent: _shelter_silent,
    ShelterHeardAgain: _shelter_heard,
    CaravanBegan: _began,
    CaravanEnded: _ended,
}
