"""``/auditoria/sellos`` says of every log whether it is sealed, by whom outside, and what is not proven."""

import re

from events.vocabulary import Role
from services.audit.ledger.domain import Inconsistency
from services.audit.ledger.keys import LOGS, LedgerKeys
from services.audit.pages.checkpoints import PATH
from services.chassis.locales import SPANISH, catalogue
from tests.support.people.alerts import SHELTER, a_child_alone, flag
from tests.support.system.logs import as_admin
from tests.support.system.system import System, eventually

SAY = catalogue("services.audit")(SPANISH)


async def test_it_says_what_is_sealed_and_what_is_not_proven_without_witnesses(system: System) -> None:
    auditor = await system.signed_in(Role.AUDITOR, "*")
    await flag(await system.signed_in(Role.SHELTER_WORKER, SHELTER), a_child_alone())

    async def look() -> str:
        page = (await auditor.get(PATH, headers={"Accept-Language": "es"})).text
        return page if page.count(SAY("seal_state.sealed")) >= len(LOGS) - 1 else ""

    page = await eventually(look)
    for log in LOGS:
        assert SAY(f"seal_log.{log}") in page
        key = LedgerKeys.of(system.installation.secrets.of("audit")).verifiers()[log]
        assert str(key) in page
    assert SAY("audit.seals.without_witnesses") in page
    assert "quorum none" in page
    answer = (await auditor.get("/api/v1/audit/checkpoints")).json()
    assert {one["log"] for one in answer["items"]} == set(LOGS)
    assert all(one["problem"] is None and one["witnesses"] == [] for one in answer["items"])
    assert re.search(r"^log canaliza\.invalid/", answer["policy"], re.MULTILINE)


async def test_what_does_not_match_is_said_in_words_and_is_an_alarm(own_system: System) -> None:
    auditor = await own_system.signed_in(Role.AUDITOR, "*")
    operator = await own_system.signed_in(Role.OPERATOR, "*")
    coordinator = await own_system.signed_in(Role.PROGRAMME_COORDINATOR, "*")
    await flag(await own_system.signed_in(Role.SHELTER_WORKER, SHELTER), a_child_alone())

    async def is_sealed() -> bool:
        items = (await auditor.get("/api/v1/audit/checkpoints/intake")).json()["items"]
        return bool(items)

    await eventually(is_sealed)
    dsn = own_system.installation.settings.postgres_dsn
    assert dsn is not None
    async with as_admin(dsn.get_secret_value()) as owner:
        await owner.execute("set session_replication_role = replica")
        await owner.execute("update audit.checkpoint set root = sha256('otra historia') where log = 'intake'")

    async def says_so() -> bool:
        page = (await auditor.get(PATH, headers={"Accept-Language": "es"})).text
        checks = (await operator.get("/api/v1/operate/flow")).json()["services"]["audit"]["checks"]
        wrong = [one["about"] for one in checks if one["code"] == "ledger" and not one["ok"]]
        alarms = (await coordinator.get("/api/v1/audit/security")).json()["items"]
        alarmed = any(one["data"].get("watched") == "ledger_inconsistent" for one in alarms)
        return SAY(f"seal_problem.{Inconsistency.OTHER_ROOT}") in page and wrong == ["intake"] and alarmed

    assert await eventually(says_so)
