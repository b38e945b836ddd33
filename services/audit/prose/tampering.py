"""Sentences for logs that were found altered."""

from collections.abc import Mapping

from events.contract import Event
from events.tampering import TamperingEnded, TamperingFound
from services.audit.prose.sentence import Describer, sentences
from services.chassis.locales import Translator


def _where(event: TamperingFound | TamperingEnded, say: Translator) -> str:
    if event.last == event.position:
        return say("prose.audit.tampering.one", position=event.position)
    return say("prose.audit.tampering.range", first=event.position, last=event.last)


def _found(event: TamperingFound, say: Translator) -> str:
    what = {"log": say(f"log.{event.log}"), "where": _where(event, say), "kind": say(f"tampering.{event.kind}")}
    return sentences(
        say("prose.audit.tampering_found", **what),
        None if event.other is None else say("prose.audit.tampering_found.other", position=event.other),
    )


def _ended(event: TamperingEnded, say: Translator) -> str:
    return say("prose.audit.tampering_ended", log=say(f"log.{event.log}"), where=_where(event, say))


DESCRIBERS: Mapping[type[Event], Describer] = {TamperingFound: _found, TamperingEnded: _ended}
