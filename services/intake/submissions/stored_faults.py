"""A fault of a refused document in words, as its shelter is told of it."""

from events.answers import HARM_EVENTS
from services.chassis.locales import COMPLETE, catalogue
from services.chassis.web.schemas import Answer

_WORDS = catalogue(__name__)


class StoredFault(Answer):
    """What was wrong with one field. The value that was sent is never repeated."""

    field: str
    code: str
    es: str
    en: str


def stored_fault(field: str, code: str) -> StoredFault:
    """A fault in words. A limit was not stored with it, so some have other sentences here than in the first answer."""
    if HARM_EVENTS in field:  # which of them it is would tell how many are hidden
        field = field.partition(HARM_EVENTS)[0] + HARM_EVENTS
    es, en = (say.first(f"stored_fault.{code}", f"fault.{code}", "other.fault") for say in map(_WORDS, COMPLETE))
    return StoredFault(field=field, code=code, es=es, en=en)


def reason_in_words(code: str) -> tuple[str, str]:
    """Why a document was refused, in Spanish and English."""
    es, en = (say.first(f"refusal.{code}", "other.refusal") for say in map(_WORDS, COMPLETE))
    return es, en
