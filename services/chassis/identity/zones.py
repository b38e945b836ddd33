"""The time zones that people choose from: those of Mexico and of its neighbours to the south. Pure."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

ZONES = (
    "America/Mexico_City",
    "America/Cancun",
    "America/Mazatlan",
    "America/Hermosillo",
    "America/Ciudad_Juarez",
    "America/Matamoros",
    "America/Tijuana",
    "America/Guatemala",
    "America/El_Salvador",
    "America/Tegucigalpa",
    "UTC",
)


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone as it is offered: with what its clocks show now, by which people know theirs."""

    name: str
    code: str
    """The end of its key among the texts; empty: it has no words, and its own name is shown."""
    hour: str


def offered_zones(present: str, now: datetime) -> list[Zone]:
    """The zones to choose from; the present one is among them, whichever it is."""
    names = ZONES if present in ZONES else (*ZONES, present)
    return [
        Zone(name, code_of_zone(name) if name in ZONES else "", f"{now.astimezone(ZoneInfo(name)):%H:%M}")
        for name in names
    ]


def code_of_zone(name: str) -> str:
    """The end of a zone's key: ``mexico_city``."""
    return name.rpartition("/")[2].lower()
