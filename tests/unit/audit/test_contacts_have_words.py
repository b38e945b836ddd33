"""A contact or an actor is told by words: a code of several parts is read by nobody."""

import pytest

from services.audit.prose.glossary import WORDS
from services.audit.prose.people import actor_in_words, contact_in_words


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ("p-013", "p-013"),
        ("UNICEF/email/1", "la mesa de guardia de UNICEF (contacto 1)"),
        ("ACNUR-CHP/2", "la mesa de guardia de ACNUR-CHP (contacto 2)"),
        ("OIM/on_call/email/1", "la siguiente persona de guardia de OIM (contacto 1)"),
        ("OIM/coordinator/sms/3", "la coordinación del programa (contacto 3 de OIM)"),
        ("OIM/steering/email/1", "alguien del comité directivo (contacto 1 de OIM)"),
        ("ALB-IXT-01/email/1", "alguien del personal de ALB-IXT-01 (contacto 1)"),
        ("quién sabe", "un contacto"),
    ],
)
def test_a_contact_has_words(contact: str, said: str) -> None:
    assert contact_in_words(contact, WORDS("es")) == said


@pytest.mark.parametrize(
    ("actor", "said"),
    [
        ("officer:ACNUR:p-013", "p-013, oficial, ACNUR"),
        ("programme_coordinator:*:p-001", "p-001, coordinación del programa"),
        ("administrator:*:installation", "la instalación del sistema, administración"),
        ("administrator:*:cli", "la línea de comandos, administración"),
        ("notifications", "el sistema"),
    ],
)
def test_an_actor_has_words(actor: str, said: str) -> None:
    assert actor_in_words(actor, WORDS("es")) == said
