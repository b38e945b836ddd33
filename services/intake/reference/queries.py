"""The texts of consent in a language, and which of them is read today."""

from functools import cache

from services.chassis.locales import SPANISH
from services.intake.reference.schemas import ConsentWording, ConsentWordings
from services.intake.wordings import Use, Wording, Wordings, current_wording, text_of, wordings


@cache
def consent_wordings(language: str) -> ConsentWordings:
    """Every version of every text in a language; a use without any in that language has the Spanish ones."""
    found = [one for use in Use for one in _of_use(wordings(use), use, language)]
    return ConsentWordings(
        language=language if any(one.language == language for one in found) else SPANISH, wordings=found
    )


def _of_use(texts: Wordings, use: Use, language: str) -> list[ConsentWording]:
    own = [one for one in texts.values() if one.language == language]
    shown = own or [one for one in texts.values() if one.language == SPANISH]
    current = current_wording(use, language)
    return [_shown(one, current=one.version == current.version) for one in shown]


def _shown(one: Wording, *, current: bool) -> ConsentWording:
    return ConsentWording(
        version=one.version,
        use=one.use,
        language=one.language,
        current=current,
        sha256=one.sha256,
        text=text_of(one),
    )
