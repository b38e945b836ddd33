"""What is wrong with a submission: a place, a stable code and a sentence in two languages. Never a value."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

WHOLE = "$"
"""The ``field`` of a fault of the document as a whole."""
MOST_FAULTS = 500
"""A form gone mad is not answered with megabytes."""

TEXTS: dict[str, tuple[str, str]] = {
    "not_json": (
        "El documento no es JSON válido: UTF-8, sin claves repetidas, pocos niveles, sin números desmedidos.",
        "The document is not valid JSON: UTF-8, no key twice, few levels, no outsized number.",
    ),
    "too_large": (
        "El documento pasa del tamaño permitido ({limit} bytes).",
        "The document is larger than allowed ({limit} bytes).",
    ),
    "required": ("Falta este dato obligatorio.", "This field is required."),
    "unknown_field": (
        "Aquí hay un campo que no existe en este lugar del formulario.",
        "There is a field here that does not exist at this place of the form.",
    ),
    "null_value": (
        "Lo que no se preguntó se omite: no se manda vacío (null).",
        "What was not asked is left out, not sent as null.",
    ),
    "not_listed": ("El valor no está en la lista.", "The value is not in the list."),
    "not_text": ("Debe ser un texto.", "It must be a text."),
    "not_boolean": ("Debe ser verdadero o falso (true, false).", "It must be true or false."),
    "not_integer": ("Debe ser un número entero.", "It must be a whole number."),
    "not_an_object": ("Debe ser un grupo de campos.", "It must be an object."),
    "not_a_list": ("Debe ser una lista.", "It must be a list."),
    "out_of_range": (
        "El número no está entre los permitidos (límite: {limit}).",
        "The number is out of range (limit: {limit}).",
    ),
    "too_long": ("Es demasiado largo (máximo: {limit}).", "It is too long (at most: {limit})."),
    "control_characters": (
        "El texto contiene caracteres de control que no se admiten.",
        "The text contains control characters, which are not accepted.",
    ),
    "not_a_code": (
        "Debe ser un código de hasta 64 letras sin acento, cifras y . _ : - ; nunca un nombre.",
        "It must be a code of up to 64 unaccented letters, digits and . _ : - ; never a name.",
    ),
    "not_a_uuid": (
        "Debe ser un UUID, con guiones, hecho en el dispositivo.",
        "It must be a UUID, with hyphens, made on the device.",
    ),
    "not_a_time": (
        "Debe ser una fecha y hora RFC 3339, como 2013-06-12T08:34:00-05:00.",
        "It must be an RFC 3339 date and time, such as 2013-06-12T08:34:00-05:00.",
    ),
    "needs_offset": (
        "A la hora le falta la diferencia con UTC, como -06:00.",
        "The time lacks its offset from UTC, such as -06:00.",
    ),
    "not_a_date": ("Debe ser una fecha, como 2013-06-12.", "It must be a date, such as 2013-06-12."),
    "not_a_language": (
        "Debe ser un código de lengua BCP 47 o ISO 639-3, como es o mam.",
        "It must be a BCP 47 or ISO 639-3 language code, such as es or mam.",
    ),
    "duplicate": ("La lista repite un elemento.", "The list has an element twice."),
    "wrong_side": (
        "No corresponde a esta edad: es de niñas, niños y adolescentes, o de personas adultas.",
        "It does not belong to this age: it is a child's field, or an adult's.",
    ),
    "must_be_empty_when_not_private": (
        "No se pregunta si no hubo privacidad: debe faltar o ir vacío.",
        "It is not asked without privacy: it must be absent or empty.",
    ),
    "not_for_this_kind": (
        "No corresponde a este tipo de registro.",
        "It does not belong to this kind of submission.",
    ),
    "only_when_granted": (
        "Corresponde solo a un consentimiento otorgado.",
        "It belongs only to a consent that was granted.",
    ),
    "all_stands_alone": (
        "«all» va solo, sin otros campos.",
        "“all” stands alone, without other fields.",
    ),
    "not_valid": ("El dato no es válido.", "The field is not valid."),
}


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to correct. ``code`` is for programs and stable, the sentences are for people."""

    field: str
    code: str
    es: str
    en: str

    @classmethod
    def of(cls, field: str, code: str, limit: int | None = None) -> Self:
        """A fault in its standing words; ``limit`` is one of our own numbers, never one that was sent."""
        es, en = TEXTS[code]
        return cls(field, code, es.format(limit=limit), en.format(limit=limit))


class InvalidSubmission(ValueError):  # noqa: N818  # a refusal is named for its reason
    """Every fault at once, sorted by field, each once."""

    faults: tuple[Fault, ...]

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))[:MOST_FAULTS]
        super().__init__(self.faults)

    def __str__(self) -> str:
        """Fields and codes: all of it is our own vocabulary."""
        return "invalid submission: " + ", ".join(f"{fault.field} {fault.code}" for fault in self.faults)
