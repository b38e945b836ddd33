"""A migration that says that it only adds is held to it: an earlier program runs on its database."""

import re

import pytest

from services.chassis.operations.migrations import Migration, migrations

_COMMENT = re.compile(r"--[^\n]*")
TAKES = {
    "drop": re.compile(r"\bdrop\b"),
    "rename": re.compile(r"\brename\b"),
    "revoke": re.compile(r"\brevoke\b"),
    "truncate": re.compile(r"\btruncate\s+(?:table\s+)?\w"),
    "delete": re.compile(r"\bdelete\s+from\b"),
    "type": re.compile(r"\balter\s+column\s+\w+\s+(?:set\s+data\s+)?type\b"),
    "not null": re.compile(r"\bset\s+not\s+null\b"),
    "not null without a default": re.compile(
        r"\badd\s+column\b(?:(?!\bdefault\b)[^,;])*\bnot\s+null\b(?![^,;]*\bdefault\b)"
    ),
    "constraint": re.compile(r"\balter\s+table\b[^;]*\badd\s+(?:constraint|check|unique|primary|foreign|exclude)\b"),
    "unique": re.compile(r"\bcreate\s+unique\s+index\b"),
    "row security": re.compile(r"\brow\s+level\s+security\b|\bcreate\s+policy\b|\balter\s+policy\b"),
    "trigger": re.compile(r"\bcreate\s+(?:or\s+replace\s+)?(?:constraint\s+)?trigger\b"),
    "replaced function": re.compile(r"\bcreate\s+or\s+replace\b"),
}  # fmt: skip
GRANTS = re.compile(r"\bgrant\b[^;]*")


def taken(sql: str) -> set[str]:
    """What a text does that an earlier program would notice. What is granted is named like what is taken away."""
    text = GRANTS.sub("", _COMMENT.sub("", sql)).lower()
    return {name for name, pattern in TAKES.items() if pattern.search(text)}


def test_no_migration_that_says_it_expands_takes_anything() -> None:
    assert {
        f"{each.schema}/{each.name}": taken(each.sql) for each in migrations() if each.expands and taken(each.sql)
    } == {}


def test_those_from_before_the_rule_contract() -> None:
    assert not Migration("intake", "0001_cases.sql", "-- Each case.\ncreate table x ();").expands
    assert Migration("intake", "0099_x.sql", "-- expand\ncreate table x ();").expands


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("create table a (x text not null); grant select, truncate on a to r; create index on a (x);", set()),
        ("alter table a add column x text; alter table a add column y text not null default '';", set()),
        ("alter table a add column x text not null;", {"not null without a default"}),
        ("alter table a drop column x", {"drop"}),
        ("alter table a rename column x to y", {"rename"}),
        ("alter table a alter column x type bigint", {"type"}),
        ("alter table a alter column x set not null", {"not null"}),
        ("revoke select on a from r", {"revoke"}),
        ("alter table a enable row level security", {"row security"}),
        ("create unique index on a (x)", {"unique"}),
        ("alter table a add constraint b check (x > 0)", {"constraint"}),
        ("create or replace function f() returns int language sql as 'select 1'", {"replaced function"}),
    ],
)  # fmt: skip
def test_what_an_earlier_program_would_notice_is_found(sql: str, found: set[str]) -> None:
    assert taken(sql) == found
