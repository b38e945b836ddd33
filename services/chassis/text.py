"""Prepares what people type on different keyboards, for comparing it."""

import unicodedata


def normalise(word: str) -> str:
    """A word without capitals, accents and superfluous spaces."""
    plain = unicodedata.normalize("NFKD", word).casefold()
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def opaque_string(typed: str) -> str:
    """A password as it is hashed and compared: RFC 8265 §4.2.2, OpaqueString.

    Every space is U+0020, and every letter is composed (NFC): one keyboard sends ``ñ`` as one character, another as
    two. Case and width are kept.
    """
    if typed.isascii():
        return typed
    return unicodedata.normalize("NFC", "".join(" " if unicodedata.category(one) == "Zs" else one for one in typed))


def spellings(typed: str) -> list[str]:
    """The texts that a stored hash of this password may be of: as prepared now, and as keyboards sent it before."""
    prepared = opaque_string(typed)
    return list(dict.fromkeys([prepared, typed, unicodedata.normalize("NFD", prepared)]))


def typed_code(typed: str) -> str:
    """A code or the name of an account as it is looked up: RFC 8265 §3.3.2, UsernameCaseMapped.

    Letters and digits of full or half width are the usual ones, capitals are small, and letters are composed.
    """
    if typed.isascii():
        return typed.strip().lower()
    return unicodedata.normalize("NFC", of_usual_width(typed).lower()).strip()


def of_usual_width(typed: str) -> str:
    """A text with letters and digits of full or half width made the usual ones (RFC 8264 §5.2.1)."""
    return "".join(map(_of_usual_width, typed))


def _of_usual_width(character: str) -> str:
    kind, _, usual = unicodedata.decomposition(character).partition(" ")
    return chr(int(usual, 16)) if kind in {"<wide>", "<narrow>"} else character
