"""The texts that people read: gettext catalogues, one file per service and language, with stable keys.

A service's texts are in ``services/<service>/locale/<language>.po``; every service also has those of the chassis, and
the glossary of ``chassis/locale/glossary``: the words of every code that a person may read, the same on pages, in
histories, in mails and on the command line.
Spanish and English are complete; another language may be partial, and its missing texts are shown in Spanish, never as
a key. A language is added by adding files. A file is read when one of its texts is needed first.
"""

import gettext
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from events.vocabulary import Agency

SPANISH, ENGLISH = "es", "en"
COMPLETE = (SPANISH, ENGLISH)
"""The languages with every text, in the order in which they are shown."""

_SERVICES = Path(__file__).parents[1]
_SHARED, _GLOSSARY = "chassis", "chassis/locale/glossary"


class UnknownTextError(LookupError):
    """No catalogue has this key: a programming error, which a test finds."""


class Text(NamedTuple):
    """A text of a catalogue: one form, or one for each plural of its language."""

    forms: tuple[str, ...]
    form_for: Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Translator:
    """The texts of one service in one language, with the Spanish ones where that language lacks any."""

    locale: str
    texts: Mapping[str, Text]

    def __call__(self, key: str, /, **parameters: Any) -> str:
        """The text of a key, with its named placeholders filled in. An agency is named as people write it.

        Raises:
            UnknownTextError: no catalogue has the key.
        """
        return self._of(key).forms[0].format(**_spoken(parameters))

    def sentence(self, key: str, /, **parameters: Any) -> str:
        """The text of a key where it begins a sentence: with a capital letter.

        Raises:
            UnknownTextError: no catalogue has the key.
        """
        text = self(key, **parameters)
        return text[:1].upper() + text[1:]

    def plural(self, key: str, number: int, /, **parameters: Any) -> str:
        """The plural form of the text for a number; ``{number}`` is one of its placeholders.

        Raises:
            UnknownTextError: no catalogue has the key.
        """
        text = self._of(key)
        form = min(text.form_for(number), len(text.forms) - 1)  # a translator may have given only one form
        return text.forms[form].format(number=number, **_spoken(parameters))

    def first(self, *keys: str, **parameters: Any) -> str:
        """The text of the first of these keys that exists.

        Raises:
            UnknownTextError: none exists.
        """
        return self(next((key for key in keys if key in self.texts), keys[-1]), **parameters)

    def find(self, key: str, /, *, otherwise: str) -> str:
        """The text of a key, unformatted; ``otherwise`` if the key does not exist."""
        return self.texts[key].forms[0] if key in self.texts else otherwise

    def _of(self, key: str) -> Text:
        try:
            return self.texts[key]
        except KeyError:
            raise UnknownTextError(key) from None


def _spoken(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is filled in; an agency's code is its name but for the space: ONU MUJERES."""
    return {name: value.replace("_", " ") if type(value) is Agency else value for name, value in parameters.items()}


class Catalogue:
    """The texts of one service in every language."""

    def __init__(self, folder: Path, shared: "Catalogue | None" = None) -> None:
        """``folder`` contains the ``.po`` files; keys that are not in them are looked up in ``shared``."""
        self._folder = folder
        self._shared = shared
        self._translators: dict[str, Translator] = {}

    @property
    def locales(self) -> tuple[str, ...]:
        """The languages of this service's own texts, the complete ones first."""
        found = sorted(path.stem for path in self._folder.glob("*.po"))
        return (*(one for one in COMPLETE if one in found), *(one for one in found if one not in COMPLETE))

    def __call__(self, locale: str) -> Translator:
        """The texts in a language; in Spanish if nothing is translated to it."""
        if locale in self._translators:
            return self._translators[locale]
        if locale != SPANISH and not self.knows(locale):
            return self(SPANISH)  # not cached: a caller may name any language
        return self._translators.setdefault(locale, Translator(locale, self._texts(locale)))

    def known(self) -> frozenset[str]:
        """Every language that any of these texts is in."""
        return frozenset(self.locales) | (frozenset() if self._shared is None else self._shared.known())

    def own(self, locale: str) -> Mapping[str, Text]:
        """The texts of this service's own file of a language."""
        return _read(self._folder / f"{locale}.po") if locale in self.locales else {}

    def knows(self, locale: str) -> bool:
        """Whether any text of this service, or of the shared catalogue, is translated to a language."""
        return locale in self.locales or (self._shared is not None and self._shared.knows(locale))

    def _texts(self, locale: str) -> Mapping[str, Text]:
        shared = {} if self._shared is None else self._shared(locale).texts
        return {**shared, **self.own(SPANISH), **self.own(locale)}


@cache
def _of_service(service: str) -> Catalogue:
    if service == _GLOSSARY:
        return Catalogue(_SERVICES / _GLOSSARY)
    return Catalogue(_SERVICES / service / "locale", _of_service(_GLOSSARY if service == _SHARED else _SHARED))


def glossary() -> Catalogue:
    """The words of every code that a person may read."""
    return _of_service(_GLOSSARY)


def catalogue(module: str) -> Catalogue:
    """The catalogue of the service that a module belongs to: ``catalogue(__name__)``."""
    root, _, rest = module.partition(".")
    return _of_service(rest.partition(".")[0] if root == "services" else _SHARED)


@cache
def _read(path: Path) -> Mapping[str, Text]:
    return dict(_texts_in(path))


def _texts_in(path: Path) -> Iterator[tuple[str, Text]]:
    """Every translated text of a file; a text that its translator has marked as uncertain (fuzzy) is left out."""
    from babel.messages.pofile import read_po  # noqa: PLC0415 - loaded only by commands that show a text

    with path.open("rb") as file:
        found = read_po(file, locale=path.stem, abort_invalid=True)
    form_for = gettext.c2py(found.plural_expr)
    for message in found:
        key = message.id if isinstance(message.id, str) else message.id[0]
        forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        if key and all(forms) and not message.fuzzy:
            yield key, Text(forms, form_for)
