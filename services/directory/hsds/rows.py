"""Looks rows up by id and reference, and collects their faults."""

import re
from enum import StrEnum
from typing import TypeVar

from events.vocabulary import Agency
from services.directory.hsds.tables import TABLES, Placed, Received, RowFault

Code = TypeVar("Code", bound=StrEnum)


class Rows:
    """Reads required fields of rows and collects the faults."""

    def __init__(self, received: Received) -> None:
        """Indexes the rows; missing and repeated ids and dangling references are faults."""
        self.faults: set[RowFault] = set()
        self._by_id: dict[str, dict[str, Placed]] = {name: {} for name in TABLES}
        self._of: dict[tuple[str, str], list[Placed]] = {}
        self._codes: dict[tuple[str, str], str] = {}
        for name, rows in received.tables.items():
            for row in rows:
                key = self.needed(row, "id")
                if key in self._by_id[name]:
                    self.fault(row, "id", "hsds.id_twice")
                self._by_id[name][key] = row
        for name in ("schedules", "service_areas"):
            for row in received.tables[name]:
                if self.refers(row, "service_id", "services"):
                    self._of.setdefault((row.row["service_id"], name), []).append(row)

    def fault(self, row: Placed, column: str, key: str, **parts: str) -> None:
        """Records a fault in a column of a row; ``key`` is its text in the catalogue."""
        self.faults.add(RowFault.of((row.es, row.en), column, key, **parts))

    def needed(self, row: Placed, column: str) -> str:
        """The value; a fault if it is empty."""
        value = row.row.get(column, "")
        if not value:
            self.fault(row, column, "hsds.missing")
        return value

    def matching(self, row: Placed, column: str, pattern: str, key: str) -> str:
        """The value if it matches the pattern, otherwise empty and a fault; a code may occur only once."""
        value = self.needed(row, column)
        if value and not re.fullmatch(pattern, value):
            self.fault(row, column, key)
            return ""
        if column == "alternate_name" and value:
            self._only_once(row, value)
        return value

    def code(self, row: Placed, codes: type[Code], key: str) -> Code | None:
        """The row's code as a member of ``codes``; ``None`` and a fault if it is none."""
        value = self.needed(row, "alternate_name")
        if value not in set(codes):
            if value:
                self.fault(row, "alternate_name", key)
            return None
        self.matching(row, "name", r".{1,200}", "hsds.too_long")
        self._only_once(row, value)
        return codes(value)

    def refers(self, row: Placed, column: str, table: str) -> bool:
        """Whether the referenced row exists; a fault if it does not."""
        value = self.needed(row, column)
        if value and value not in self._by_id[table]:
            self.fault(row, column, "hsds.not_in_table", table=table)
        return value in self._by_id[table] and bool(value)

    def of(self, service: Placed, table: str) -> list[Placed]:
        """The rows of a table that belong to a service."""
        return self._of.get((service.row["id"], table), [])

    def agency_of(self, service: Placed) -> Agency | None:
        """The agency of a desk (a *service* of HSDS)."""
        if not self.refers(service, "organization_id", "organizations"):
            return None
        code = self._by_id["organizations"][service.row["organization_id"]].row["alternate_name"]
        return Agency(code) if code in set(Agency) else None

    def _only_once(self, row: Placed, code: str) -> None:
        where = self._codes.setdefault(("alternate_name", code), row.es)
        if where != row.es:
            self.fault(row, "alternate_name", "hsds.code_twice")
