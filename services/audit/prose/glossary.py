"""Lists, codes and times in words."""

from collections.abc import Sequence
from datetime import datetime

from events.vocabulary import BlockReason, RiskCategory, Urgency
from services.chassis.authorization.policy import EVERYWHERE
from services.chassis.clock import MEXICO
from services.chassis.locales import SPANISH, Translator, catalogue

WORDS = catalogue(__name__)


def listed(words: Sequence[str], say: Translator) -> str:
    """A, B and C, joined as the language does: Spanish has «e» before the sound of an i."""
    if len(words) < 2:
        return "".join(words)
    first, last = ", ".join(words[:-1]), words[-1]
    sound = last.lower()
    if sound.startswith(("i", "hi")) and not sound.startswith("hie"):
        return say("list.and_before_i", first=first, last=last)
    return say("list.and", first=first, last=last)


def fields_in_words(names: Sequence[str], say: Translator) -> str:
    """Fields in words, each once; a part of an answer (``a.b``) counts as the whole."""
    found = [say.first(f"field.{name.partition('.')[0]}", "other.field") for name in names]
    return listed(list(dict.fromkeys(found)), say)


def categories_in_words(codes: Sequence[RiskCategory], say: Translator) -> str:
    """Risk categories, each by its name. A name may have commas."""
    return "; ".join(say(f"category.{code}") for code in codes)


def urgency_in_words(code: Urgency, say: Translator) -> str:
    """A class of urgency: ``U1 (emergencia)``."""
    return f"{code} ({say(f'urgency.{code}')})"


def reader_in_words(org: str, say: Translator) -> str:
    """An organisation's code, or words for the whole programme."""
    return say("other.programme") if org == EVERYWHERE else org


def block_in_words(reason: BlockReason, locale: str = SPANISH) -> str:
    """Why a referral is blocked."""
    say = WORDS(locale)
    return say(f"block.{reason}")


def in_mexico(moment: datetime) -> str:
    """A time by Mexico City's clock: ``31/12/2026 23:59``."""
    try:
        return moment.astimezone(MEXICO).strftime("%d/%m/%Y %H:%M")
    except OverflowError:  # stored before moments had limits: at an end of the calendar
        return moment.isoformat(" ", "minutes")
