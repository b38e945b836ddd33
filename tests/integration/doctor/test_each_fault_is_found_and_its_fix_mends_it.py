"""For each check a broken installation that shows it, and the same after what the doctor said was done."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.chassis.clock import system_clock
from services.chassis.operations.migrate import migrate_database
from services.chassis.secrets.installation import Secrets
from services.doctor.checks import machine, nats, postgres
from services.doctor.domain import Code, Level
from services.doctor.words import in_words
from tests.support.doctoring.faults import Fault, changed, executed, patched, written
from tests.support.doctoring.faults_of_a_machine import (
    anothers_keys,
    by_clock,
    copies_are_gone,
    core_dumps,
    expired,
    no_backup,
    nobody_coordinates,
    nobody_has_the_zone,
    open_files,
    open_to_others,
)
from tests.support.doctoring.faults_of_servers import (
    a_full_jetstream,
    a_revoked_operator,
    a_stream_ahead_of_its_log,
    a_stream_is_gone,
    a_stream_that_anybody_writes_to,
    a_weak_administrator,
    answered,
    answering,
    check,
    frozen,
    not_migrated,
    nothing_runs,
    services,
)
from tests.support.doctoring.installed import Installed, looked

pytestmark = pytest.mark.slow

ENDLESS = """insert into accounts.token (hash, role, org, label, created_at, expires_at)
  values (sha256('x'), 'auditor', '*', 'x', now(), {until})"""
AND_BACK = "delete from accounts.token where label = 'x'"
ACCOUNT = """
  insert into accounts.person (person, label, role, org, created_at) values ('p-901', 'x', 'officer', 'OIM', now());
  insert into accounts.credential (person, password, changed_at) values ('p-901', 'x', now())"""
NO_ACCOUNT = """
  delete from accounts.credential where person = 'p-901'; delete from accounts.person where person = 'p-901'"""
NOBODY = "people: {p-999: {ways: [{email: a@example.org}]}}\n"
SMS = 'sms: "json://localhost/{to}"\n'
EARLY, LATE = (lambda: system_clock() - timedelta(seconds=9)), (lambda: system_clock() + timedelta(seconds=9))

BAD, WARN = Level.BAD, Level.WARN
TRIALS: list[tuple[Code, Level, str, Fault]] = [
    (Code.PROGRAM, BAD, "an old Python", patched(machine, "OLDEST_PYTHON", (9, 9))),
    (Code.OPEN_FILES, WARN, "few files", open_files),
    (Code.MEMORY, WARN, "little memory", patched(machine, "ENOUGH_MEMORY", 1 << 60)),
    (Code.CORE_DUMPS, BAD, "dumps", core_dumps),
    (Code.TIME_ZONES, BAD, "no zones", nobody_has_the_zone),
    (Code.DISK, BAD, "a full disk", changed({"flow_disk_free": 0.9999})),
    (Code.PUBLIC_URL, WARN, "no address", changed({"public_url": None})),
    (Code.PROXIES, WARN, "no proxy named", changed({"proxies": ()})),
    (Code.CHANNELS, BAD, "no channel", changed({"mail_url": None})),
    (Code.CHANNELS, BAD, "an unknown channel", written("channels", "paloma: x\n", SMS)),
    (Code.CONTACTS, BAD, "an unknown person", written("contacts", NOBODY, "{}\n")),
    (Code.WITNESSES, BAD, "no quorum", written("witnesses", "group\n", "quorum none\n")),
    (Code.DIRECTORY, BAD, "no directory", changed({"directory": Path("/nonexistent.yaml")}, {"directory": None})),
    (Code.ON_CALL, BAD, "nobody coordinates", nobody_coordinates),
    (Code.REACHED, BAD, "no mail", changed({"mail_url": None})),
    (Code.KEYS, BAD, "open to others", open_to_others),
    (Code.EPOCHS, BAD, "another's keys", anothers_keys),
    (Code.KEYS_BACKUP, WARN, "no copies", copies_are_gone),
    (Code.BACKUP, BAD, "an old backup", no_backup),
    (Code.POSTGRES, BAD, "frozen", frozen),
    (Code.POSTGRES_VERSION, BAD, "too old", patched(postgres, "OLDEST", 99)),
    (Code.POSTGRES_VERSION, WARN, "too new", patched(postgres, "NEWEST", 16)),
    (Code.POSTGRES_TLS, BAD, "in clear", patched(postgres, "place_of", lambda _: "db.example.org:5432")),
    (Code.POSTGRES_CLOCK, BAD, "fast", by_clock(EARLY)),
    (Code.POSTGRES_CLOCK, BAD, "slow", by_clock(LATE)),
    (Code.DURABLE, BAD, "no promise", executed("alter role canaliza_admin set synchronous_commit = off",
                                               "alter role canaliza_admin reset synchronous_commit")),
    (Code.CONNECTIONS, WARN, "crowded", patched(postgres, "CROWDED", 0.0)),
    (Code.ADMINISTRATOR, BAD, "weak", a_weak_administrator),
    (Code.ROLE, BAD, "another password", executed("alter role canaliza_referral password 'another'", "select 1")),
    (Code.ROLE_RIGHTS, BAD, "superuser", executed("alter role canaliza_intake superuser",
                                                  "alter role canaliza_intake nosuperuser")),
    (Code.ROLE_RIGHTS, BAD, "may insert", executed("grant insert on audit.event to canaliza_audit",
                                                   "revoke insert on audit.event from canaliza_audit")),
    (Code.SCHEMA_PENDING, BAD, "not migrated", not_migrated),
    (Code.SCHEMA_NEWER, BAD, "newer", executed("insert into audit.migration (name, sha256) values ('9999_x', '')",
                                               "delete from audit.migration where name = '9999_x'")),
    (Code.SECOND_FACTOR, WARN, "a password alone", executed(ACCOUNT, NO_ACCOUNT)),
    (Code.ENDLESS_TOKEN, WARN, "no end", executed(ENDLESS.format(until="null"), AND_BACK)),
    (Code.TOKEN_EXPIRING, WARN, "soon", executed(ENDLESS.format(until="now() + interval '2 days'"), AND_BACK)),
    (Code.OPERATOR_TOKEN, BAD, "revoked", a_revoked_operator),
    (Code.NATS, BAD, "elsewhere", changed({"nats_url": "nats://127.0.0.1:1"})),
    (Code.NATS_VERSION, WARN, "old", patched(nats, "OLDEST", (99, 0))),
    (Code.NATS_USER, BAD, "unknown there", changed({"namespace": "nobody"})),
    (Code.NATS_CLOCK, BAD, "fast", by_clock(EARLY)),
    (Code.STREAM, BAD, "gone", a_stream_is_gone),
    (Code.STREAM_FORM, BAD, "open", a_stream_that_anybody_writes_to),
    (Code.STREAM_COPIES, BAD, "too few", changed({"replicas": 3})),
    (Code.STREAM_END, BAD, "ahead", a_stream_ahead_of_its_log),
    (Code.STREAM_ROOM, BAD, "full", a_full_jetstream),
    (Code.CERTIFICATE, BAD, "expired", expired),
    (Code.RUNNING, BAD, "nothing runs", nothing_runs),
    (Code.CREDENTIAL, BAD, "refused", answered(answering(403), answering(200))),
    (Code.RUNNING_VERSION, BAD, "another program", answered(answering(200, version="0.0.1"), answering(200))),
    (Code.HEALTH, BAD, "parked", answered(answering(503, **services(checks=[check("parked", ok=False)])),
                                          answering(200, **services(checks=[check("parked", ok=True)])))),
    (Code.POLICIES, BAD, "a fault", answered(answering(200, **services(policy_faults=["x.yaml:3: falta"])),
                                             answering(200, **services(policy_faults=[])))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "level", "fault"), [
    pytest.param(code, level, fault, id=f"{code}-{name}".replace(" ", "-")) for code, level, name, fault in TRIALS
])  # fmt: skip
async def test_a_fault_is_found_and_gone_once_the_fix_is_done(
    installed: Installed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: Code, level: Level, fault: Fault
) -> None:
    trial = fault(installed, monkeypatch, tmp_path)
    broken = await looked(await anext(trial), code)
    assert level in {one.level for one in broken}, broken
    for one in map(in_words, (each for each in broken if each.level is level)):
        assert one.es
        assert one.en
        assert one.fix_es
        assert one.fix_en
    if code is Code.ROLE:
        await migrate_database(installed.dsn, Secrets.load(installed.here.data))
    mended = await looked(await anext(trial), code)
    assert {one.level for one in mended} == {Level.OK}, mended
    assert [one async for one in trial] == []


def test_no_check_is_without_a_fault_that_shows_it() -> None:
    assert {code for code, *_ in TRIALS} == set(Code)
