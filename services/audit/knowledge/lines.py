"""Who knew what of a case, as lines for a terminal."""

from textwrap import wrap
from typing import Any

from services.audit.history.lines import PIPE_WIDTH, local_time
from services.audit.knowledge.words import Said
from services.audit.prose.glossary import WORDS
from services.audit.prose.people import actor_in_words
from services.chassis.locales import SPANISH, Translator

INDENT = "    "


def knowledge_lines(answer: dict[str, Any], language: str = SPANISH, width: int = PIPE_WIDTH) -> list[str]:
    """Each organisation with what it could read, was alerted of, and read or was shown; then what the person was told.

    ``answer``: as ``GET /audit/cases/{id}/knowledge`` gives it.
    """
    say = WORDS(language)
    said = Said(say)
    lines = [f"{say('knowledge.case')} {answer['case_id']}"]
    for one in answer["organisations"]:
        lines += ["", f"{said.organisation(one['organisation'])}: {say('standing.' + one['standing'])}"]
        found = [*_windows(one, say), *_alerts(one, say), *_readings(one, said, say)]
        for moment, text in sorted(found):
            head = f"{INDENT}{local_time(moment, seconds=True)}  "
            lines += wrap(head + text, width, subsequent_indent=" " * len(head))
    for told in answer["told_the_person"]:
        named = ", ".join(said.organisation(one) for one in told["organisations"])
        head = f"{local_time(told['at'], seconds=True)}  "
        lines += ["", *wrap(head + say("knowledge.told", who=actor_in_words(told["actor"], say), named=named), width)]
    return lines if answer["organisations"] else [*lines, INDENT + say("knowledge.nobody")]


def _windows(one: dict[str, Any], say: Translator) -> list[tuple[str, str]]:
    found = []
    for disclosure in one["could_read"]:
        for window in disclosure["windows"]:
            found.append((window["since"], say("knowledge.opened")))
            if window["until"] is not None:
                why = say(f"closing.{window['closing']}")
                found.append((window["until"], say("knowledge.closed", why=why)))
    return found


def _alerts(one: dict[str, Any], say: Translator) -> list[tuple[str, str]]:
    return [
        (alert["at"], say("knowledge.alerted", about=say(f"about.{alert['about']}"), code=alert["code"]))
        for alert in one["alerts"]
    ]


def _readings(one: dict[str, Any], said: Said, say: Translator) -> list[tuple[str, str]]:
    found = []
    for reading in one["readings"]:
        who = actor_in_words(reading["actor"], say)
        why = said.purpose_of(reading["what"], reading["purpose"], reading["override"], reading["view"])
        what = said.fields(reading["fields"], what=reading["what"])
        found.append((reading["at"], f"{who}: {what} ({why})"))
    return found
