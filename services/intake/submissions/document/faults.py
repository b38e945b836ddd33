"""Faults of a submission: field, stable code and a sentence in two languages. Never a value that was sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from services.chassis.locales import COMPLETE, catalogue

WHOLE = "$"
"""``field`` of a fault of the whole document."""
MAX_FAULTS = 500
"""Limits the answer to a broken client."""

FAULT_CODES = frozenset(
    {
        "not_json",
        "too_large",
        "required",
        "unknown_field",
        "null_value",
        "not_listed",
        "not_text",
        "not_boolean",
        "not_integer",
        "not_an_object",
        "not_a_list",
        "out_of_range",
        "too_long",
        "control_characters",
        "not_a_code",
        "not_a_device_code",
        "not_a_worker_code",
        "not_a_uuid",
        "not_a_time",
        "needs_offset",
        "not_a_date",
        "not_a_language",
        "duplicate",
        "wrong_side",
        "after_the_visit",
        "must_be_empty_when_not_private",
        "not_for_this_kind",
        "only_when_granted",
        "only_when_wants_time",
        "not_within_thirty_days",
        "expired_when_given",
        "all_stands_alone",
        "not_valid",
    }
)
"""Each has its sentence in the catalogue under ``fault.<code>``."""

_WORDS = catalogue(__name__)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to correct. ``code`` is for programs and stable, the sentences are for people."""

    field: str
    code: str
    es: str
    en: str

    @classmethod
    def of(cls, field: str, code: str, limit: int | None = None) -> Self:
        """A fault with the sentences of the catalogue; ``limit`` is a limit of ours, never a number that was sent."""
        es, en = (say(f"fault.{code}", limit=limit) for say in map(_WORDS, COMPLETE))
        return cls(field, code, es, en)


class InvalidSubmission(ValueError):  # noqa: N818  # a refusal is named for its reason
    """All faults, sorted by field, without repetitions, at most ``MAX_FAULTS``."""

    faults: tuple[Fault, ...]

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))[:MAX_FAULTS]
        super().__init__(self.faults)

    def listed(self) -> list[dict[str, str]]:
        """The faults as an answer lists them."""
        return [{"field": one.field, "code": one.code, "es": one.es, "en": one.en} for one in self.faults]

    def __str__(self) -> str:
        """Fields and codes, which are our own vocabulary."""
        return "invalid submission: " + ", ".join(f"{fault.field} {fault.code}" for fault in self.faults)
