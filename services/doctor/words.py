"""Findings in words, Spanish and English, with what to do and the command that does it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.chassis.locales import COMPLETE, Translator, catalogue
from services.doctor.domain import Code, Found, Level

_WORDS = catalogue(__name__)

COMMANDS: Mapping[Code, str] = {
    Code.DIRECTORY: "canaliza directory check",
    Code.ON_CALL: "canaliza directory check",
    Code.REACHED: "canaliza contacts list",
    Code.KEYS_BACKUP: "canaliza keys rotate",
    Code.BACKUP: "canaliza backup",
    Code.ROLE: "canaliza migrate",
    Code.SCHEMA_PENDING: "canaliza migrate",
    Code.SECOND_FACTOR: "canaliza account list",
    Code.ENDLESS_TOKEN: "canaliza token list",
    Code.TOKEN_EXPIRING: "canaliza token list",
    Code.OPERATOR_TOKEN: "canaliza renew operator",
    Code.NATS_USER: "canaliza nats users > users.conf",
    Code.STREAM: "canaliza migrate",
    Code.STREAM_FORM: "canaliza repair --streams",
    Code.RUNNING: "canaliza up",
    Code.HEALTH: "canaliza health --flow",
}
"""What is typed to mend a finding, or to see more of it, where a command does that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A finding for people and for programs."""

    code: str
    level: str
    """``ok``, ``warn``, ``bad`` or ``unseen``."""
    about: str | None
    """The service, folder, server or desk; of a running system's own check also its code."""
    es: str
    en: str
    fix_es: str | None = None
    """``None``: there is nothing to mend."""
    fix_en: str | None = None
    command: str | None = None


def in_words(found: Found) -> Finding:
    """A finding as it is shown."""
    (es, en), mend = (_sentence(_WORDS(one), found) for one in COMPLETE), found.level in (Level.BAD, Level.WARN)
    fix_es, fix_en = (_fix(_WORDS(one), found) if mend else None for one in COMPLETE)
    return Finding(
        code=found.code,
        level=found.level,
        about=" ".join(filter(None, (found.about, found.health))) or None,
        es=es,
        en=en,
        fix_es=fix_es,
        fix_en=fix_en,
        command=COMMANDS.get(found.code) if mend else None,
    )


def level_in_words(level: str) -> tuple[str, str]:
    """How a level is called, in both languages."""
    es, en = (say(f"level.{level}") for say in map(_WORDS, COMPLETE))
    return es, en


def _sentence(say: Translator, found: Found) -> str:
    values = _values(say, found)
    if found.level is Level.UNSEEN:
        return str(values["why"])
    if found.level is Level.OK:
        return say(f"holds.{found.code}", **values)
    return say(f"fault.{found.code}", **values).strip()


def _fix(say: Translator, found: Found) -> str:
    if found.health is not None:
        return say.find(f"remedy.{found.health}", otherwise=say("fix.health"))
    return say(f"fix.{found.code}", **_values(say, found))


def _values(say: Translator, found: Found) -> Mapping[str, Any]:
    why = "" if found.why is None else say(f"why.{found.why}")
    said = found.values.get(say.locale, "")  # of what has its own words already
    return {**found.values, "about": found.about or "", "why": why, "said": said}
