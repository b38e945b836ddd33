"""HSDS as JSON: services with their related rows nested, as in the specification's API."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from services.directory.hsds.export import Tables
from services.directory.hsds.tables import TABLES, HsdsFaultsError, Placed, Received, RowFault, both

OF_A_SERVICE = ("schedules", "service_areas", "phones")
KNOWN = {"organization", "service_at_locations", *OF_A_SERVICE}


def text_of(tables: Tables) -> str:
    """All tables as one document."""
    organizations = {row["id"]: row for row in tables["organizations"]}
    addresses = {row["location_id"]: row for row in tables["addresses"]}
    locations = {row["id"]: {**row, "addresses": [_without(addresses[row["id"]])]} for row in tables["locations"]}
    services = []
    for row in tables["services"]:
        parts: dict[str, Any] = {
            name: [_without(part) for part in tables[name] if part["service_id"] == row["id"]] for name in OF_A_SERVICE
        }
        at = [link for link in tables["service_at_location"] if link["service_id"] == row["id"]]
        services.append(
            {
                **{column: value for column, value in row.items() if column != "organization_id"},
                "organization": organizations[row["organization_id"]],
                "service_at_locations": [{"id": link["id"], "location": locations[link["location_id"]]} for link in at],
                **{name: rows for name, rows in parts.items() if rows},
            }
        )
    return json.dumps({"services": services}, ensure_ascii=False, indent=2) + "\n"


def read_text(text: str) -> Received:
    """The tables of a document.

    Raises:
        HsdsFaultsError: it is not JSON, or not services with rows inside.
    """
    whole = both("hsds.document")
    try:
        document = json.loads(text)
    except ValueError:
        raise HsdsFaultsError([RowFault.of(whole, "", "hsds.no_json")]) from None
    services = document.get("services", document.get("contents")) if isinstance(document, dict) else document
    if not isinstance(services, list) or not all(isinstance(service, dict) for service in services):
        raise HsdsFaultsError([RowFault.of(whole, "services", "hsds.no_services")])
    reading = _Reading()
    for at, service in enumerate(services):
        reading.service(service, f"services[{at}]")
    if reading.faults:
        raise HsdsFaultsError(reading.faults)
    return reading.received


class _Reading:
    """Turns nested objects into rows that refer to each other; a repeated object becomes one row."""

    def __init__(self) -> None:
        self.received = Received()
        self.faults: list[RowFault] = []
        self._seen: dict[tuple[str, str], Mapping[str, Any]] = {}

    def service(self, service: Mapping[str, Any], where: str) -> None:
        organization = self._one(service, "organization", where)
        mine = {"service_id": service.get("id")}
        owner = organization.get("id") if organization else service.get("organization_id")
        self._row("services", {**service, "organization_id": owner}, where, within=KNOWN)
        if organization:
            self._row("organizations", organization, f"{where}.organization")
        for name in OF_A_SERVICE:
            for at, part in self._many(service, name, where):
                self._row(name, {**part, **mine}, f"{where}.{name}[{at}]")
        for at, link in self._many(service, "service_at_locations", where):
            here = f"{where}.service_at_locations[{at}]"
            location = self._one(link, "location", here)
            place = location.get("id") if location else link.get("location_id")
            self._row("service_at_location", {**link, **mine, "location_id": place}, here, within={"location"})
            if location:
                self._location(location, f"{here}.location")

    def _location(self, location: Mapping[str, Any], where: str) -> None:
        self._row("locations", location, where, within={"addresses"})
        for at, address in self._many(location, "addresses", where):
            self._row("addresses", {**address, "location_id": location.get("id")}, f"{where}.addresses[{at}]")

    def _row(self, table: str, row: Mapping[str, Any], where: str, *, within: Collection[str] = ()) -> None:
        columns = TABLES[table]
        self.received.ignored |= {f"{table}: {column}" for column in row if column not in {*columns, *within}}
        kept: dict[str, str] = {}
        for column in columns:
            value = row.get(column)
            if isinstance(value, str | None):
                kept[column] = (value or "").strip()
            else:
                self.faults.append(RowFault.of((where, where), column, "hsds.no_text"))
                kept[column] = ""
        before = self._seen.get((table, kept["id"]))
        if before == kept and table in {"organizations", "locations", "addresses"}:
            return
        self._seen[table, kept["id"]] = kept
        self.received.tables[table].append(Placed(kept, where, where))

    def _one(self, row: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any] | None:
        value = row.get(name)
        if value is None or isinstance(value, dict):
            return value
        self.faults.append(RowFault.of((where, where), name, "hsds.no_object"))
        return None

    def _many(self, row: Mapping[str, Any], name: str, where: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
        value = row.get(name) or []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.faults.append(RowFault.of((where, where), name, "hsds.no_objects"))
            return
        yield from enumerate(value)


def _without(row: Mapping[str, str]) -> dict[str, str]:
    """A row's fields without its foreign keys, which nesting replaces."""
    return {column: value for column, value in row.items() if column not in {"service_id", "location_id"}}
