"""A played day is exported and verified, an erased person's too, and what the database's owner changed is found."""

import asyncio
import json
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx2
from typer.testing import CliRunner

from events.vocabulary import Role
from services.audit.bundles.container import Bundle
from services.audit.trace.projections import LOGS
from services.audit.verification.commands import verify
from services.audit.verification.domain import CheckName, Fault, Report
from services.audit.verification.trust import Policy
from services.audit.verification.words import report_lines
from services.cli import app
from services.replays import replays
from tests.journeys.pages.audit.reading import text_of
from tests.support.models.small_verifier import by_the_small_one
from tests.support.people.erasing import erase
from tests.support.people.people import Programme, an_adult, consent_to, taken
from tests.support.system.logs import as_admin
from tests.support.system.system import eventually

OF_THE_DAY = ("intake", "referral")


async def exported(auditor: httpx2.AsyncClient, path: Path) -> Path:
    """A bundle of every log, in which everything of these two is sealed."""

    async def whole() -> bool:
        answer = await auditor.get("/api/v1/audit/bundle")
        assert answer.status_code == 200, answer.text
        path.write_bytes(answer.content)  # noqa: ASYNC240 - a test waits for its disk
        with Bundle(path) as bundle:
            logs = {log.name: log for log in bundle.head.logs}
        return logs.keys() >= set(LOGS) and all(logs[name].size == logs[name].head for name in OF_THE_DAY)

    await eventually(whole)
    return path


def faults(report: Report) -> dict[CheckName, list[Fault]]:
    return {check.name: check.faults for check in report.checks if check.faults}


async def rewrite(programme: Programme, table: str, statement: str, *values: object) -> None:
    """What the database's owner can do: switch the triggers off and change rows."""
    dsn = programme.system.installation.settings.postgres_dsn
    assert dsn is not None
    connection = await asyncpg.connect(dsn.get_secret_value())
    try:
        await connection.execute(f"alter table {table} disable trigger all")
        assert await connection.execute(statement, *values) != "UPDATE 0"
        await connection.execute(f"alter table {table} enable trigger all")
    finally:
        await connection.close()


async def test_a_played_day_verifies_before_and_after_an_erasure_and_no_change_goes_unseen(
    own_programme: Programme, tmp_path: Path
) -> None:
    programme, kept = own_programme, tmp_path / "kept"
    auditor = await programme.system.signed_in(Role.AUDITOR, "*")
    case = await programme.flag(an_adult(consent_to("ACNUR"), consent_to("OIM")))
    desk, referral = await programme.desk("ACNUR"), await programme.referral_to("ACNUR", case, state="requested")
    await taken(desk, referral, "accept")
    forgotten = await programme.flag(an_adult(consent_to("ACNUR")))
    await programme.referral_to("ACNUR", forgotten, state="requested")

    before = await exported(auditor, tmp_path / "before")
    report = verify(before, replays(), kept=kept)
    assert faults(report) == {}
    counts = {check.name: check.counts for check in report.checks}
    assert counts[CheckName.MODELS]["models"] == 2
    assert counts[CheckName.MODELS]["rows"] >= 5, "two cases and their referrals"
    assert by_the_small_one(before)[0]
    await the_published_policy_trusts(auditor, before)

    administrator = await programme.system.signed_in(Role.ADMINISTRATOR, "*")
    assert (await erase(administrator, forgotten)).status_code == 200
    after = await exported(auditor, tmp_path / "after")
    report = verify(after, replays(), kept=kept, other=before)
    assert faults(report) == {}
    assert any(
        "dato suprimido (" in line and "lo pidió la persona, o quien puede decidir por ella" in line
        for line in report_lines(report)
    )
    erasures = next(check for check in report.checks if check.name is CheckName.ERASURES)
    assert erasures.counts["erasures"] == 1
    assert erasures.counts["erased_boxes"] >= 1
    assert erasures.counts["swept_places"] == 5
    fine, said = by_the_small_one(after)
    assert fine, said
    assert f"{UUID(forgotten).hex}: dato suprimido" in said
    taken_out = await auditor.get("/api/v1/audit/security")
    assert taken_out.status_code == 200

    await says_what_it_finds_of(after, auditor)
    await a_log_that_is_left_out_is_missed(programme, auditor)

    await rewrite(
        programme,
        "referral.event",
        "update referral.event set state = convert_to(replace(convert_from(state, 'UTF8'), 'officer:ACNUR', "
        "'officer:OIM'), 'UTF8') where topic = 'referral.accepted.v1'",
    )
    await rewrite(
        programme, "referral.referral", "update referral.referral set state = 'declined' where state = 'accepted'"
    )
    found = faults(verify(await exported(auditor, tmp_path / "changed"), replays(), kept=kept))
    assert [(fault.code.value, fault.log, fault.topic) for fault in found[CheckName.LEAVES]] == [
        ("leaf_differs", "referral", "referral.accepted.v1")
    ]
    assert [(fault.code.value, fault.stream, fault.field) for fault in found[CheckName.MODELS]] == [
        ("row_differs", referral["referral_id"], "state")
    ]
    assert found.keys() == {CheckName.LEAVES, CheckName.MODELS}
    assert not by_the_small_one(tmp_path / "changed")[0]


async def the_published_policy_trusts(auditor: httpx2.AsyncClient, bundle: Path) -> None:
    """What the page of seals hands out is what a bundle is judged by."""
    published = (await auditor.get("/api/v1/audit/checkpoints")).json()["policy"]
    assert faults(verify(bundle, replays(), trust=Policy.parse(published))) == {}
    assert by_the_small_one(bundle, published)[0]


async def a_log_that_is_left_out_is_missed(programme: Programme, auditor: httpx2.AsyncClient) -> None:
    said = await handed_in(auditor, await without_notifications(programme, auditor))
    assert "no está en el paquete" in said
    assert "Nada se alteró" not in said


async def without_notifications(programme: Programme, auditor: httpx2.AsyncClient) -> bytes:
    """A bundle that the installation signed while its database's owner hid that a log was ever sealed."""
    dsn = programme.system.installation.settings.postgres_dsn
    assert dsn is not None
    async with as_admin(dsn.get_secret_value()) as connection:
        await connection.execute("set session_replication_role = replica")
        function = "audit.add_checkpoint(text, text, bigint, bytea, text, timestamptz)"
        original = await connection.fetchval("select pg_get_functiondef($1::text::regprocedure)", function)
        await connection.execute(original.split("AS $function$")[0] + "AS $$ begin return false; end $$")
        await connection.execute("create table hidden as select * from audit.checkpoint where log = 'notifications'")
        await connection.execute("delete from audit.checkpoint where log = 'notifications'")
        answer = await auditor.get("/api/v1/audit/bundle")
        await connection.execute("insert into audit.checkpoint select * from hidden")
        await connection.execute(original)
    assert answer.status_code == 200, answer.text
    return answer.content


def flipped(bundle: Path, path: str) -> bytes:
    """The bundle with one bit of one of its files changed."""
    raw = bytearray(bundle.read_bytes())
    with Bundle(bundle) as opened:
        raw[opened.files[path].offset + 40] ^= 1
    return bytes(raw)


async def handed_in(auditor: httpx2.AsyncClient, content: bytes, *, status: int = 200) -> str:
    """What the page says of a file."""
    answer = await auditor.post(
        "/auditoria/comprobar/archivo", files={"paquete": ("historia", content)}, headers={"Accept": "text/html"}
    )
    assert answer.status_code == status, answer.text
    return text_of(answer.text)


async def says_what_it_finds_of(after: Path, auditor: httpx2.AsyncClient) -> None:
    """The page on which a bundle is handed in: a good one, one with a bit changed, and what is none."""
    whole = await asyncio.to_thread(after.read_bytes)
    said = await handed_in(auditor, whole)
    assert "Nada se alteró" in said
    assert said.count("así se selló aquí") == len(OF_THE_DAY) + 2
    assert "Lo que se mostró es lo que resulta de los hechos" in said
    said = await handed_in(auditor, flipped(after, "logs/referral/checkpoint"))
    assert "Algo se alteró" in said
    assert "así se selló aquí" not in said
    assert "Esto no se puede comprobar: Está incompleto" in await handed_in(auditor, whole[:-1])
    assert "Esto no se puede comprobar" in await handed_in(auditor, b"PK\x03\x04 nothing of ours")
    empty = await handed_in(auditor, b"", status=422)
    assert empty.count("Paquete:") == 1
    asked = await auditor.get("/auditoria/comprobar", headers={"Accept": "text/html"})
    assert asked.status_code == 200, asked.text
    assert "¿Es este archivo la historia que se selló" in text_of(asked.text)


async def command(*words: str) -> tuple[int, str]:
    """A command of canaliza in a thread of its own: its exit code, and what it printed."""
    done = await asyncio.to_thread(CliRunner().invoke, app, ["audit", *words])
    return done.exit_code, done.output


def token_of(client: httpx2.AsyncClient) -> str:
    return client.headers["Authorization"].removeprefix("Bearer ")


async def test_the_commands_export_and_verify_and_who_took_the_history_out_is_recorded(
    programme: Programme, tmp_path: Path
) -> None:
    auditor = await programme.system.signed_in(Role.AUDITOR, "*", "quien-exporta")
    person = await programme.system.person(Role.AUDITOR, "*", "quien-exporta")
    path, url, kept = tmp_path / "historia.bundle", programme.system.url, str(tmp_path / "kept")
    desk = token_of(await programme.desk("ACNUR"))
    code, _ = await command("export", "--out", str(path), "--url", url, "--token", desk)
    left = [*tmp_path.iterdir()]  # noqa: ASYNC240 - a test waits for its disk
    assert (code, left) == (4, []), "a desk may not, and nothing is left behind"

    async def taken_out() -> bool:
        code, _ = await command("export", "--out", str(path), "--url", url, "--token", token_of(auditor))
        return code == 0

    await eventually(taken_out)
    assert path.stat().st_mode & 0o777 == 0o600
    code, said = await command("verify", str(path), "--keep", kept, "--json")
    assert code == 0, said
    assert json.loads(said)["passed"] is True
    raw = flipped(path, "logs/audit/checkpoint")
    altered = tmp_path / "altered"
    altered.write_bytes(raw)
    code, said = await command("verify", str(altered), "--keep", kept)
    assert code == 1
    assert "logs/audit/checkpoint" in said
    assert "ALTERADO" in said
    altered.write_bytes(raw[:-1])
    code, said = await command("verify", str(altered), "--keep", kept)
    assert (code, "Está incompleto" in said) == (2, True)
    dsn = programme.system.installation.settings.postgres_dsn
    assert dsn is not None
    connection = await asyncpg.connect(dsn.get_secret_value())
    try:
        states = await connection.fetch("select state from audit.event where topic = 'audit.bundle_exported.v1'")
    finally:
        await connection.close()
    assert any(f"auditor:*:{person}".encode() in row["state"] and b'"sizes":[{' in row["state"] for row in states)
