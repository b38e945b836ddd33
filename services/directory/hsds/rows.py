"""Rows that refer to each other, and the faults found in them."""

import re
from enum import StrEnum
from typing import TypeVar

from events.vocabulary import Agency
from services.directory.hsds.tables import TABLES, Placed, Received, RowFault

Code = TypeVar("Code", bound=StrEnum)


class Rows:
    """Asks rows for what must be in them and collects what is not."""

    def __init__(self, received: Received) -> None:
        """Finds ids that are missing or stand twice, and rows without a table to belong to."""
        self.faults: set[RowFault] = set()
        self._by_id: dict[str, dict[str, Placed]] = {name: {} for name in TABLES}
        self._of: dict[tuple[str, str], list[Placed]] = {}
        self._codes: dict[tuple[str, str], str] = {}
        for name, rows in received.tables.items():
            for row in rows:
                key = self.needed(row, "id")
                if key in self._by_id[name]:
                    self.fault(row, "id", "ese id está dos veces", "that id stands twice")
                self._by_id[name][key] = row
        for name in ("schedules", "service_areas"):
            for row in received.tables[name]:
                if self.refers(row, "service_id", "services"):
                    self._of.setdefault((row.row["service_id"], name), []).append(row)

    def fault(self, row: Placed, column: str, es: str, en: str) -> None:
        """Something is wrong in a column of a row."""
        self.faults.add(RowFault(row.es, row.en, column, es, en))

    def needed(self, row: Placed, column: str) -> str:
        """What stands there; a fault if nothing does."""
        value = row.row.get(column, "")
        if not value:
            self.fault(row, column, "falta", "is missing")
        return value

    def matching(self, row: Placed, column: str, pattern: str, es: str, en: str) -> str:
        """What stands there if it is written so, and a code only once; nothing otherwise."""
        value = self.needed(row, column)
        if value and not re.fullmatch(pattern, value):
            self.fault(row, column, es, en)
            return ""
        if column == "alternate_name" and value:
            self._only_once(row, value)
        return value

    def code(self, row: Placed, codes: type[Code], es: str, en: str) -> Code | None:
        """The row's code, of a list of codes."""
        value = self.needed(row, "alternate_name")
        if value not in set(codes):
            if value:
                self.fault(row, "alternate_name", es, en)
            return None
        self.matching(row, "name", r".{1,200}", "es demasiado largo", "it is too long")
        self._only_once(row, value)
        return codes(value)

    def refers(self, row: Placed, column: str, table: str) -> bool:
        """Whether what it refers to is there."""
        value = self.needed(row, column)
        if value and value not in self._by_id[table]:
            self.fault(row, column, f"no está en {table}", f"it is not in {table}")
        return value in self._by_id[table] and bool(value)

    def of(self, service: Placed, table: str) -> list[Placed]:
        """A service's rows of a table."""
        return self._of.get((service.row["id"], table), [])

    def agency_of(self, service: Placed) -> Agency | None:
        """The agency whose desk it is."""
        if not self.refers(service, "organization_id", "organizations"):
            return None
        code = self._by_id["organizations"][service.row["organization_id"]].row["alternate_name"]
        return Agency(code) if code in set(Agency) else None

    def _only_once(self, row: Placed, code: str) -> None:
        where = self._codes.setdefault(("alternate_name", code), row.es)
        if where != row.es:
            self.fault(row, "alternate_name", "ese código está dos veces", "that code stands twice")
