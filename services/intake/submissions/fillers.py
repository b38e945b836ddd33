"""Recognises what people write where they have nothing to write: it is no value, and no two cases share it."""

import re

from services.chassis.text import normalise

LISTED = """
s n a d p x na nd nn np ns sn nose no tiene notiene hay nohay trae porta sabe nosabe se lo recuerda aplica noaplica
disponible cuenta con sin ninguno ninguna nada nadie nulo vacio pendiente desconocido desconocida desconoce ignora
anonimo anonima indocumentado indocumentada documento documentos identificacion papeles telefono numero celular
nombre apellido dato datos por confirmar prueba reservado confidencial
none null nil unknown anonymous nothing not available applicable name document phone test tbd
aucun aucune inconnu inconnue sans nom telephone
nenhum nenhuma desconhecido desconhecida nao tem sem nome
"""
WORDS = frozenset(LISTED.split())
"""Words that, alone or together, say that there is nothing; without capitals and accents."""
COUNTED = re.compile("0?123(?:4(?:5(?:6(?:7(?:8(?:9(?:0[0-9]*)?)?)?)?)?)?)?")
TOKEN = re.compile(r"[^\W_]+")


def is_filler(written: str) -> bool:
    """Whether a text is none, such words only, one sign again and again, or counted up from one."""
    tokens = _tokens(written)
    plain = "".join(tokens)
    return len(set(plain)) <= 1 or WORDS.issuperset(tokens) or COUNTED.fullmatch(plain) is not None


def is_filler_code(written: str) -> bool:
    """The same of a code that a shelter gives, which may be as short as one letter or digit: ``0`` and ``x`` are."""
    tokens = _tokens(written)
    return set("".join(tokens)) <= {"0", "x"} or WORDS.issuperset(tokens)


def _tokens(written: str) -> list[str]:
    return TOKEN.findall(normalise(written))
