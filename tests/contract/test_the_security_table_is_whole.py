"""The table of ASVS 5.0, level 2, has a row for every requirement, and each says how it is met or why it is not."""

import re
from collections import Counter
from pathlib import Path

import pytest

TABLE = Path(__file__).parents[2] / "docs" / "security" / "asvs.md"
LAST_OF_EACH_SECTION = """
1.1.2 1.2.9 1.3.11 1.4.3 1.5.2 2.1.3 2.2.3 2.3.4 2.4.1 3.2.2 3.3.4 3.4.6 3.5.5 3.7.2 4.1.3 4.2.1 4.3.2 4.4.4 5.1.1
5.2.3 5.3.2 5.4.3 6.1.3 6.2.12 6.3.4 6.4.4 6.5.5 6.6.3 6.8.4 7.1.3 7.2.4 7.3.2 7.4.5 7.5.2 7.6.2 8.1.2 8.2.3 8.3.1
8.4.1 9.1.3 9.2.4 10.1.2 10.2.2 10.3.4 10.4.11 10.5.5 10.6.2 10.7.3 11.1.2 11.2.3 11.3.3 11.4.4 11.5.1 11.6.1 12.1.3
12.2.2 12.3.4 13.1.1 13.2.5 13.3.2 13.4.5 14.1.2 14.2.4 14.3.3 15.1.3 15.2.3 15.3.7 16.1.1 16.2.5 16.3.4 16.4.3 16.5.3
17.1.1 17.2.4 17.3.2
"""
"""Of version 5.0.0, levels 1 and 2: within a section their numbers have no gap."""
ROW = re.compile(r"^\| ([\d. ]+) \| (met|partly|not met|does not apply) \| (.+) \|$")
SHOWN = re.compile(r"`|\]\(")


def wanted() -> set[str]:
    last = [one.rpartition(".") for one in LAST_OF_EACH_SECTION.split()]
    return {f"{section}.{number}" for section, _, end in last for number in range(1, int(end) + 1)}


def rows(text: str) -> list[tuple[list[str], str, str]]:
    found = [ROW.match(line) for line in text.splitlines() if re.match(r"\| \d", line)]
    assert all(found), "a row of another form"
    return [(row[1].split(), row[2], row[3]) for row in found if row]


def faults_of(text: str) -> list[str]:
    """What is wrong with the table."""
    listed = Counter(one for numbers, _, _ in rows(text) for one in numbers)
    faults = [f"{one} has no row" for one in sorted(wanted() - listed.keys())]
    faults += [f"{one} is no requirement" for one in sorted(listed.keys() - wanted())]
    faults += [f"{one} has {count} rows" for one, count in listed.items() if count > 1]
    faults += [
        f"{numbers[0]} says neither how nor why"
        for numbers, _, said in rows(text)
        if len(said.split()) < 3 and not SHOWN.search(said)
    ]
    counted = Counter(dict.fromkeys(("met", "partly", "not met", "does not apply"), 0))
    for numbers, state, _ in rows(text):
        counted[state] += len(numbers)
    faults += [
        f"the summary does not say {count} {state}"
        for state, count in counted.items()
        if f"**{count}** {state}" not in text
    ]
    return faults


def test_every_requirement_has_its_row_and_the_summary_counts_them() -> None:
    assert faults_of(TABLE.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [("| 1.1.1 |", "| 1.1.9 |"), ("| 13.1.1 |", "| 13.2.2 |"), ("**", "***")],
    ids=["a requirement that is none", "one twice and one missing", "a summary that does not count"],
)
def test_a_table_with_a_fault_is_found(before: str, after: str) -> None:
    text = TABLE.read_text(encoding="utf-8")
    assert before in text
    assert faults_of(text.replace(before, after))
