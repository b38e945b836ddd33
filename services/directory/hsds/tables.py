"""The tables of HSDS 3 that are used, and their fields by the specification's own names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
"""In the order in which they refer to each other."""

OPTIONAL = frozenset({"phones"})
"""A directory without telephones is one all the same."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A row, and where it stands: ``schedules.csv, fila 3`` or ``services[2].schedules[0]``."""

    row: Row
    es: str
    en: str


@dataclass(frozen=True, slots=True, order=True)
class RowFault:
    """What is wrong with one row, by column. Repeats nothing of what stands there."""

    where_es: str
    where_en: str
    column: str
    es: str
    en: str

    @property
    def text(self) -> str:
        """Spanish, then English."""
        column_es = f", columna {self.column}" if self.column else ""
        column_en = f", column {self.column}" if self.column else ""
        return f"{self.where_es}{column_es}: {self.es} · {self.where_en}{column_en}: {self.en}"


class HsdsFaultsError(ValueError):
    """What was handed in cannot be taken; nothing of it was."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        """Every fault at once, in the order of the rows."""
        super().__init__("\n".join(fault.text for fault in faults))
        self.faults = tuple(faults)


@dataclass(slots=True)
class Received:
    """Tables as they came, before anybody has asked what they mean."""

    tables: dict[str, list[Placed]] = field(default_factory=lambda: {name: [] for name in TABLES})
    ignored: set[str] = field(default_factory=set)
    """Tables and columns that are not taken, by name."""
