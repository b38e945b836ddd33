"""What the doctor says of a healthy installation, of one that is frozen, and from another machine."""

import json
import os
import signal
from time import monotonic

import pytest
from pydantic import SecretStr

from events.vocabulary import Role
from services.doctor.checks import LOOKS
from services.doctor.domain import Code, Level, exit_code, fails, holds, unseen, warns
from services.doctor.domain import Why as Reason
from services.doctor.ground import Ground
from services.doctor.looking import examine
from services.doctor.words import in_words
from tests.support.doctoring.installed import Installed, secrets_in
from tests.support.system.system import running

pytestmark = pytest.mark.slow

NOT_THERE = {Code.BACKUP, Code.CERTIFICATE}
"""What a machine without a proxy and without backups has not, so that nothing can be seen of it."""


async def test_a_healthy_installation_is_all_well_and_no_secret_is_told(installed: Installed) -> None:
    async with running(installed.installation) as system:
        ground = installed.ground()
        ground.url = system.url
        found = await examine(ground, LOOKS)
        faults = [in_words(one) for one in found if one.level is not Level.OK and one.code not in NOT_THERE]
        assert faults == []
        assert {one.code for one in found} == set(Code)
        assert exit_code(found) == 0
        said = json.dumps([vars_of(one) for one in map(in_words, found)])
        for secret in secrets_in(installed.installation.secrets.model_dump(mode="json")):
            assert secret not in said


def vars_of(finding: object) -> dict[str, object]:
    return {name: getattr(finding, name) for name in finding.__dataclass_fields__}  # type: ignore[attr-defined]


async def test_from_another_machine_the_system_is_asked_and_the_rest_is_said_to_be_unseen(installed: Installed) -> None:
    async with running(installed.installation) as system:
        token = (await system.nobody_in_particular(Role.OPERATOR, "*")).headers["Authorization"].removeprefix("Bearer ")
        ground = Ground(installed.here, url=system.url, token=SecretStr(token), elsewhere=True)
        found = await examine(ground, LOOKS)
        seen = {one.code for one in found if one.level is not Level.UNSEEN}
        assert seen == {
            Code.PROGRAM, Code.RUNNING, Code.CREDENTIAL, Code.RUNNING_VERSION, Code.HEALTH, Code.POLICIES
        }  # fmt: skip
        assert all(one.why is Reason.ELSEWHERE for one in found if one.level is Level.UNSEEN)
        assert exit_code(found) == 0


async def test_a_services_host_is_looked_at_with_what_is_on_it(installed: Installed) -> None:
    ground = installed.ground(postgres_dsn=SecretStr(installed.dsn), nats_url=installed.installation.settings.nats_url)
    ground.secrets, ground.of_services = None, {"referral": ground.of_services["referral"]}
    found = await examine(ground, LOOKS)
    seen = {(one.code, one.about) for one in found if one.level is Level.OK}
    for wanted in ((Code.ROLE, "canaliza_referral"), (Code.EPOCHS, "referral"), (Code.STREAM, "LOG_referral"),
                   (Code.SCHEMA_PENDING, "referral"), (Code.NATS_USER, "referral")):  # fmt: skip
        assert wanted in seen
    away = {one.code for one in found if one.why is Reason.NOT_THE_ADMINISTRATOR}
    assert {Code.ADMINISTRATOR, Code.ROLE_RIGHTS, Code.OPERATOR_TOKEN, Code.KEYS_BACKUP} <= away
    assert not [one for one in found if one.level is Level.BAD and one.code is not Code.RUNNING]


async def test_with_postgresql_frozen_it_ends_and_says_what_it_saw(installed: Installed) -> None:
    pid = int((installed.here.data / "postgres" / "postmaster.pid").read_text().split("\n")[0])
    os.kill(pid, signal.SIGSTOP)
    begin = monotonic()
    try:
        found = await examine(installed.ground(), LOOKS)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert monotonic() - begin < 60, "one limit for all, and not one after another"
    (there,) = [one for one in found if one.code is Code.POSTGRES]
    assert (there.level, there.why) == (Level.BAD, Reason.TIMEOUT)
    (away,) = [one for one in found if one.code is Code.DURABLE]
    assert (away.level, away.why) == (Level.UNSEEN, Reason.TIMEOUT)


def test_the_exit_code_says_whether_anything_is_bad_and_whether_anything_was_seen() -> None:
    there = holds(Code.POSTGRES, version="18")
    assert exit_code([there, holds(Code.PROGRAM)]) == 0
    assert exit_code([there, warns(Code.PUBLIC_URL), unseen(Code.BACKUP, Reason.NOT_SET)]) == 0
    assert exit_code([there, fails(Code.NATS)]) == 1
    assert exit_code([fails(Code.POSTGRES), fails(Code.NATS), fails(Code.RUNNING), holds(Code.PROGRAM)]) == 3
