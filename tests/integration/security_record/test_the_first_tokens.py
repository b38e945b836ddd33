"""The first tokens are made once in the life of a database, expire, and go to a terminal, never to a log."""

import io
from datetime import timedelta

import pytest
from rich.console import Console

from services.chassis.clock import system_clock
from services.cli.welcome import output_is_a_log, welcome
from services.system import FIRST_TOKENS, Installation, first_sign_ins, nobody_was_ever_let_in
from tests.support.people.accounts import as_administrator


async def test_they_are_made_once_whatever_becomes_of_them(installation: Installation) -> None:
    """An upgrade that applies a migration makes no more of them; nor does a start after all were revoked."""
    assert await nobody_was_ever_let_in(installation)
    made = await first_sign_ins(installation)
    assert len(made.tokens) == len(FIRST_TOKENS)
    assert not await nobody_was_ever_let_in(installation)
    async with as_administrator(installation) as connection:
        rows = await connection.fetch("select expires_at, role from accounts.token where label = 'first'")
        assert {row["expires_at"] for row in rows} == {made.expires_at}
        assert timedelta(days=6) < made.expires_at - system_clock() <= timedelta(days=7)
        await connection.execute("update accounts.token set revoked_at = now()")
    assert not await nobody_was_ever_let_in(installation)


async def test_who_has_an_account_needs_none(installation: Installation) -> None:
    async with as_administrator(installation) as connection:
        await connection.execute(
            "insert into accounts.person (person, label, role, org, created_at) "
            "values ('p-101', 'x', 'officer', 'OIM', now())"
        )
    assert not await nobody_was_ever_let_in(installation)


@pytest.mark.parametrize("variable", ["INVOCATION_ID", "JOURNAL_STREAM"])
def test_the_output_of_a_unit_is_a_log(variable: str) -> None:
    assert output_is_a_log({variable: "8:1234"})
    assert not output_is_a_log({"TERM": "xterm"})


async def test_they_are_printed_to_the_commands_own_output_with_their_end(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    made, said = await first_sign_ins(installation), io.StringIO()
    welcome(Console(file=said, width=200), "http://127.0.0.1:8080", installation, made, first=True)
    shown = capsys.readouterr()
    assert all(token in shown.out for _, token in made.tokens)
    assert "Vencen el" in shown.out
    assert "czl_" not in said.getvalue() + shown.err
    welcome(Console(file=said, width=200), "http://127.0.0.1:8080", installation, None, first=True)
    assert "token create" in said.getvalue()
    assert "Nadie tiene credencial todavía" in said.getvalue()
    assert capsys.readouterr().out == ""
