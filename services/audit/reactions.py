"""Audit follows every log and notes where each case's events stand. It never parks: it reads no content here."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from services.chassis.entry import Entry
from services.chassis.read_models import Fill, Statement

NOTE = """
insert into trace (log, case_id, positions)
select $1, case_id, positions::bigint[] from unnest($2::uuid[], $3::text[]) as noted (case_id, positions)
on conflict (case_id, log) do update set positions = trace.positions || excluded.positions
"""


def trace(log: str) -> Fill:
    """Notes the places of one log's events: as they come in, and again when the read model is rebuilt."""

    def place(entries: Sequence[Entry]) -> list[Statement]:
        positions: defaultdict[UUID, list[int]] = defaultdict(list)
        for entry in entries:
            if entry.case is not None:
                positions[entry.case].append(entry.position)
        arrays = ["{" + ",".join(map(str, of_case)) + "}" for of_case in positions.values()]
        return [(NOTE, (log, list(positions), arrays))] if positions else []

    return Fill(place=place, bare=True)
