"""Builds shelters, desks and telephones from HSDS tables. Faults are collected, not raised."""

from collections.abc import Mapping

from services.directory.hours import Span
from services.directory.hsds.export import ON_HOLIDAYS
from services.directory.hsds.rows import Rows
from services.directory.hsds.tables import Placed, Received
from services.directory.hsds.weekly import weekly_span
from services.directory.model import Directory, DutyDesk, Shelter

A_STATE = (r"MX-[A-Z]{3}", "hsds.no_state")


def shelters_of(rows: Rows, received: Received) -> dict[str, Shelter]:
    """The shelters by code; of an address only municipality and state are read."""
    where: dict[str, Placed] = {}
    for address in received.tables["addresses"]:
        if rows.refers(address, "location_id", "locations"):
            where[address.row["location_id"]] = address
    found: dict[str, Shelter] = {}
    for location in received.tables["locations"]:
        code = rows.matching(location, "alternate_name", r"ALB-[A-Z]{3}-\d\d", "hsds.no_shelter_code")
        address_row = where.get(location.row["id"])
        if address_row is None:
            rows.fault(location, "id", "hsds.no_municipality")
            continue
        city = rows.matching(address_row, "city", r".{1,200}", "hsds.too_long")
        state = rows.matching(address_row, "state_province", *A_STATE)
        if code and city and state:
            found[code] = Shelter(municipality=city, state=state)
    return found


def desks_of(rows: Rows, received: Received, present: Directory) -> dict[str, DutyDesk]:
    """The desks by code with hours and states; the on-call order is taken from the present directory."""
    found: dict[str, DutyDesk] = {}
    for service in received.tables["services"]:
        code = rows.matching(service, "alternate_name", r"[A-Z_]{3,11}-[A-Z0-9]{2,4}", "hsds.no_desk_code")
        if service.row["status"] != "active":
            rows.fault(service, "status", "hsds.only_active")
        areas = [rows.matching(row, "name", *A_STATE) for row in rows.of(service, "service_areas")]
        spans, on_holidays = _hours(rows, service)
        if not areas:
            rows.fault(service, "id", "hsds.covers_no_state")
        if not spans:
            rows.fault(service, "id", "hsds.no_hours")
        agency = rows.agency_of(service)
        if not (code and agency and spans and areas and all(areas)):
            continue
        present_desk = present.duty_desks.get(code) or present.duty_desks.get(present.agencies[agency].fallback)
        found[code] = DutyDesk(
            agency=agency,
            states=tuple(areas),
            hours=tuple(span.text for span in spans),
            open_on_holidays=on_holidays,
            on_call=present_desk.on_call if present_desk else (),
        )
    return found


def _hours(rows: Rows, service: Placed) -> tuple[list[Span], bool]:
    spans, holidays = [], set()
    for schedule in rows.of(service, "schedules"):
        span = weekly_span(rows, schedule)
        if span is not None:
            spans.append(span)
        holidays.add(schedule.row.get("description", "") == ON_HOLIDAYS)
        if len(holidays) > 1:
            rows.fault(schedule, "description", "hsds.mixed_holidays")
    return sorted(spans), True in holidays


def phones_of(rows: Rows, received: Received) -> dict[str, list[str]]:
    """The telephones by desk."""
    codes = {row.row["id"]: row.row["alternate_name"] for row in received.tables["services"]}
    found: dict[str, list[str]] = {}
    for phone in received.tables["phones"]:
        number = rows.matching(phone, "number", r"\+?[0-9][0-9 ()-]{1,24}", "hsds.no_telephone")
        if rows.refers(phone, "service_id", "services") and number:
            found.setdefault(codes[phone.row["service_id"]], []).append(number)
    return found


def check_links(rows: Rows, received: Received, shelters: Mapping[str, Shelter], desks: Mapping[str, DutyDesk]) -> None:
    """Checks that each desk is listed only at shelters of the states it covers."""
    named = [*received.tables["services"], *received.tables["locations"]]
    codes = {row.row["id"]: row.row["alternate_name"] for row in named}
    for link in received.tables["service_at_location"]:
        if not all([rows.refers(link, "service_id", "services"), rows.refers(link, "location_id", "locations")]):
            continue
        desk, shelter = desks.get(codes[link.row["service_id"]]), shelters.get(codes[link.row["location_id"]])
        if desk and shelter and shelter.state not in desk.states:
            rows.fault(link, "location_id", "hsds.other_state")
