"""Exports a directory as HSDS tables. Ids are derived from codes, so that equal directories give equal files."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from services.chassis.ids import uuid5
from services.directory.hours import DAYS, WHOLE_DAY, Span, clock
from services.directory.model import Directory, DutyDesk

NAMESPACE = UUID("3b4a5c0e-6f0d-5c39-9d53-9f2b1c7e0a17")
NOT_PUBLISHED = "No se publica"
"""Stands for a shelter's address, of which only the municipality is published."""
OFFSET = "-06:00"
"""Mexico City's offset from UTC, a required field of HSDS."""
KEEPS_HOLIDAYS = "Cerrada en los días de descanso obligatorio · Closed on statutory holidays"
ON_HOLIDAYS = "También en los días de descanso obligatorio · On statutory holidays too"

Tables = dict[str, list[dict[str, str]]]


def tables_of(directory: Directory, phones: Mapping[str, Sequence[str]] | None = None) -> Tables:
    """All rows of all tables; telephones (by desk) only if they are given."""
    desks = directory.duty_desks.items()
    return {
        "organizations": [
            {"id": _id(code), "name": entry.name, "alternate_name": code, "description": entry.name}
            for code, entry in directory.agencies.items()
        ],
        "services": [_service(code, desk) for code, desk in desks],
        "locations": [
            {"id": _id(code), "location_type": "physical", "name": f"Albergue {code}", "alternate_name": code}
            for code in directory.shelters
        ],
        "addresses": [
            {
                "id": _id(code, "address"),
                "location_id": _id(code),
                "address_1": NOT_PUBLISHED,
                "city": shelter.municipality,
                "state_province": shelter.state,
                "postal_code": "",
                "country": "MX",
                "address_type": "physical",
            }
            for code, shelter in directory.shelters.items()
        ],
        "service_at_location": [
            {"id": _id(code, "at", shelter), "service_id": _id(code), "location_id": _id(shelter)}
            for code, desk in desks
            for shelter, where in directory.shelters.items()
            if where.state in desk.states
        ],
        "schedules": [row for code, desk in desks for row in _schedules(code, desk)],
        "service_areas": [
            {"id": _id(code, "area", state), "service_id": _id(code), "name": state}
            for code, desk in desks
            for state in desk.states
        ],
        "phones": [
            {"id": _id(code, "phone", str(at)), "service_id": _id(code), "number": number, "type": "voice"}
            for code, numbers in (phones or {}).items()
            if code in directory.duty_desks
            for at, number in enumerate(numbers)
        ],
    }


def _service(code: str, desk: DutyDesk) -> dict[str, str]:
    states = ", ".join(desk.states)
    return {
        "id": _id(code),
        "organization_id": _id(desk.agency),
        "name": f"Mesa de guardia {code}",
        "alternate_name": code,
        "description": f"Mesa de guardia de {desk.agency} para {states} · Duty desk of {desk.agency} for {states}",
        "status": "active",
    }


def _schedules(code: str, desk: DutyDesk) -> Iterator[dict[str, str]]:
    for span in desk.open.spans:
        yield {
            "id": _id(code, "schedule", span.text),
            "service_id": _id(code),
            "freq": "WEEKLY",
            "byday": ",".join(DAYS[day] for day in span.days),
            "opens_at": f"{clock(span.opens)}{OFFSET}",
            "closes_at": f"{_closing(span)}{OFFSET}",
            "description": ON_HOLIDAYS if desk.open_on_holidays else KEEPS_HOLIDAYS,
        }


def _closing(span: Span) -> str:
    """A closing time; HSDS writes the day's end as its last minute."""
    return "23:59" if span.closes == WHOLE_DAY else clock(span.closes)


def _id(*parts: str) -> str:
    return str(uuid5(NAMESPACE, "/".join(parts)))
