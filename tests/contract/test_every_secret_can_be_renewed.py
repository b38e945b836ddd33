"""Every secret of an installation has its row in the operator's guide: how it is renewed, or why it is not."""

import re

import pytest
from pydantic import SecretStr

from services.chassis.secrets.installation import Secrets
from services.chassis.secrets.service import ServiceSecrets
from services.chassis.settings import Settings
from services.cli.renewing import LISTED
from services.rotation.commands import RENEWALS
from tests.integration.renewing.test_passwords_are_renewed_under_load import FIELDS, KINDS
from tests.support.guides import GUIDES, commands

HEADING = "Renewing passwords, keys and certificates"
NO_SECRETS = {"ledger_id", "ledgers_before", "former", "services"}
"""Public names, and what holds the others."""
AT_A_START = "nats-files"


def rows() -> list[list[str]]:
    """The cells of the table."""
    text = (GUIDES / "operator.md").read_text()
    section = text[text.index(f"## {HEADING}\n") :]
    section = section[: section.index("\n## ", 1)]
    return [line.split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]


def row_of(field: str) -> list[str]:
    found = [row for row in rows() if f"`{field}`" in row[0]]
    assert len(found) == 1, f"{field} has {len(found)} rows"
    return found[0]


def secret_fields() -> list[str]:
    own = {*ServiceSecrets.model_fields, *Secrets.model_fields} - NO_SECRETS
    of_settings = {name for name, field in Settings.model_fields.items() if SecretStr in _kinds(field.annotation)}
    return sorted(own | of_settings - {"postgres_dsn"})


def _kinds(annotation: object) -> tuple[object, ...]:
    return (annotation, *getattr(annotation, "__args__", ()))


@pytest.mark.parametrize("field", secret_fields())
def test_a_secret_has_a_row_that_says_how_it_is_renewed_or_why_not(field: str) -> None:
    row = row_of(field)
    assert len(row) == 5
    assert re.search(r"`(canaliza [a-z]+ [a-z-]+|ALTER ROLE)|\*\*not renewed\*\*: \w+|at the provider", row[2])
    assert len(row[4].split()) >= 1


def test_every_renewal_of_the_command_line_is_in_the_table_and_every_one_in_the_table_is_there() -> None:
    named = {word for row in rows() for word in re.findall(r"`canaliza renew ([a-z-]+)", " | ".join(row))}
    assert named == RENEWALS.keys()
    assert LISTED.split(", ") == list(RENEWALS)


def test_the_guide_gives_every_renewal_and_each_is_tried_under_load() -> None:
    given = re.findall(r"canaliza renew ([a-z-]+)", "\n".join(commands("operator.md", HEADING)))
    assert set(given) == RENEWALS.keys()
    assert {*KINDS, AT_A_START} == RENEWALS.keys()


@pytest.mark.parametrize("what", KINDS)
def test_what_a_renewal_replaces_is_what_its_row_says(what: str) -> None:
    for field in FIELDS[what]:
        assert f"canaliza renew {what}`" in row_of(field)[2]
