"""The tables of HSDS 3 that are used, and their fields by the specification's own names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from services.chassis.locales import ENGLISH, SPANISH, catalogue

_WORDS = catalogue(__name__)

Row = Mapping[str, str]

TABLES: Mapping[str, tuple[str, ...]] = {
    "organizations": ("id", "name", "alternate_name", "description"),
    "services": ("id", "organization_id", "name", "alternate_name", "description", "status"),
    "locations": ("id", "location_type", "name", "alternate_name"),
    "addresses": (
        *("id", "location_id", "address_1", "city", "state_province", "postal_code", "country"),
        "address_type",
    ),
    "service_at_location": ("id", "service_id", "location_id"),
    "schedules": ("id", "service_id", "freq", "byday", "opens_at", "closes_at", "description"),
    "service_areas": ("id", "service_id", "name"),
    "phones": ("id", "service_id", "number", "type"),
}
"""The tables, each after those it refers to."""

OPTIONAL = frozenset({"phones"})
"""A directory without telephones is valid."""


def both(key: str, **parts: object) -> tuple[str, str]:
    """A text in Spanish and in English."""
    return _WORDS(SPANISH)(key, **parts), _WORDS(ENGLISH)(key, **parts)


@dataclass(frozen=True, slots=True)
class Placed:
    """A row and its place: ``schedules.csv, fila 3`` or ``services[2].schedules[0]``."""

    row: Row
    es: str
    en: str


@dataclass(frozen=True, slots=True, order=True)
class RowFault:
    """A fault of one row, by column. It quotes no value."""

    where_es: str
    where_en: str
    column: str
    es: str
    en: str

    @classmethod
    def of(cls, where: tuple[str, str], column: str, key: str, **parts: str) -> Self:
        """A fault with its key's words; the place is named in both languages."""
        return cls(*where, column, *both(key, **parts))

    @property
    def text(self) -> str:
        """Spanish, then English."""
        where_es, where_en = self.where_es, self.where_en
        if self.column:
            where_es = _WORDS(SPANISH)("hsds.column", where=where_es, column=self.column)
            where_en = _WORDS(ENGLISH)("hsds.column", where=where_en, column=self.column)
        return f"{where_es}: {self.es} · {where_en}: {self.en}"


class HsdsFaultsError(ValueError):
    """The import has faults; nothing was imported."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        """Every fault at once, in the order of the rows."""
        super().__init__("\n".join(fault.text for fault in faults))
        self.faults = tuple(faults)


@dataclass(slots=True)
class Received:
    """Tables as received, not yet interpreted."""

    tables: dict[str, list[Placed]] = field(default_factory=lambda: {name: [] for name in TABLES})
    ignored: set[str] = field(default_factory=set)
    """Names of tables and columns that are not imported."""
