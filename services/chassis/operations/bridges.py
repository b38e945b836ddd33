"""Brings what the first landed version applied to what its files became afterwards: they were edited once (ADR 0052).

Nothing is lost by a bridge that makes read models anew: they are stale, and filled again from the logs.
"""

import hashlib
from collections.abc import Callable, Mapping

from services.chassis.operations.migrations import Migration

Bridge = Callable[[str], str]
"""The statements that lead from the earlier file to today's, of which it gets the text."""


def _append_anew(sql: str) -> str:
    """Today's ``append()``; everything else in the file is as it was."""
    begin = sql.index("create function", sql.index("-- Appends what"))
    end = sql.index("end $$;", begin) + len("end $$;")
    return sql[begin:end].replace("create function", "create or replace function", 1)


def _without(*tables: str) -> Bridge:
    return lambda sql: f"drop table {', '.join(tables)};\n{sql}"


def _wishes_and_demands(sql: str) -> str:
    begin = sql.index("-- Wishes to be put in touch")
    end = sql.index("grant", sql.index("grant", begin) + 1)
    return f"set local search_path = intake;\n{sql[begin:end]}"


def _alerts(_: str) -> str:
    return """
set local search_path = notifications;
alter table alert add column asked boolean not null default false;
alter table contact add column duty text not null default 'desk';
comment on column contact.agency is '* for those who stand above all agencies';
alter table delivery add column escalation uuid;
drop index delivery_due_at_idx;
create index on delivery (channel, urgency, due_at);
"""


BRIDGES: Mapping[tuple[str, str], Bridge] = {
    ("audit", "e80aa58daf8a86ff712ca0db9123215ee9bed536a937ecee9131154a79a353c1"): _append_anew,
    ("intake", "d9e68d78e8c04d8c8eef6544eaac1de3ed63494039914f873a0df06eb0bee833"): _append_anew,
    ("notifications", "582742d2906c5caf6568cf05dd12baaf6e352c39202d3550654e8f0ac85d28bb"): _append_anew,
    ("referral", "a56d017a6a5f9934ff0ca438754b2202a773352cad298d46c3f6c11d8b62449e"): _append_anew,
    ("audit", "29ad2347cdd5809b6e8292598d70875525e3eae386883d2004ef1f139e4c4ead"): _without("audit.trace"),
    ("intake", "1770e8996477cdce3050d760d5d1295a1c93bcd2e9493d88e05a6759300f0072"): _wishes_and_demands,
    ("notifications", "7f8b0aafec1ad804287047e75f2373be8f4d7781bfdf85d8110fd54ec16956b6"): _alerts,
    ("referral", "d64d9d0592a9d134ddb42d0d561047479a1e14b30bbc1ff372e8bd99c3d400bb"): _without(
        "referral.referral", "referral.assessment"
    ),
}
"""By schema and the SHA-256 of the file that was applied."""


def bridge(migration: Migration, applied: str) -> str | None:
    """The statements that make what was applied today's file; ``None``: nobody knows how."""
    found = BRIDGES.get((migration.schema, applied))
    return None if found is None else found(migration.sql)


def digest(migration: Migration) -> str:
    """The SHA-256 of a file's text, by which it is recorded."""
    return hashlib.sha256(migration.sql.encode()).hexdigest()
