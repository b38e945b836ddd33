"""What people change about their own account, and what whoever stole their session cannot."""

from contextlib import aclosing
from datetime import timedelta
from typing import Any

import httpx2
import pyotp
import pytest

from events.vocabulary import Role
from services.chassis.identity import administration
from services.chassis.identity.policy import FREE_ATTEMPTS_OF_ACCOUNT, MAX_SESSIONS, PROOF_LIFETIME
from tests.support.fakes.adjustable_clock import AdjustableClock
from tests.support.people.accounts import (
    PASSWORD,
    account,
    as_administrator,
    browser,
    enrols,
    enters,
    enters_first,
    enters_whole,
    failed,
    proves,
    who,
)
from tests.support.system.system import System

ANOTHER = "la lluvia en siete tejados"


async def begun(system: System, clock: AdjustableClock, person: str = "p-301") -> tuple[httpx2.AsyncClient, pyotp.TOTP]:
    """An officer who has signed in, and her telephone."""
    code = await account(system.installation, person, Role.OFFICER, "ACNUR", clock)
    client = browser(system)
    await enters_first(client, person, code)
    phone, _ = await enrols(client, clock)
    return client, phone


def as_before(system: System, client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """Another client with a copy of the session, as a thief has it."""
    thief = browser(system)
    thief.cookies.update({"canaliza": client.cookies["canaliza"]})
    return thief


async def changes(client: httpx2.AsyncClient, present: str, new: str) -> httpx2.Response:
    return await client.post("/api/v1/session/password", json={"present": present, "new": new})


async def test_a_password_is_changed_with_the_present_one_and_every_other_session_ends(
    system: System, clock: AdjustableClock
) -> None:
    hers, phone = await begun(system, clock)
    clock.ahead += timedelta(seconds=30)
    async with aclosing(hers), browser(system) as another, as_before(system, hers) as thief:
        await enters_whole(another, "p-301", phone, clock)
        assert failed(await changes(hers, "canario verde en la ventana", ANOTHER)) == (401, "sign_in_failed")
        assert failed(await changes(hers, PASSWORD, "corta")) == (422, "weak_password")
        for guessable in ("password1234", "Canaliza2026!", "contraseña123", "p-301-p-301-1"):
            assert (await changes(hers, PASSWORD, guessable)).status_code == 422, guessable
        assert failed(await changes(hers, PASSWORD, "password1234")) == (422, "guessable_password")
        assert (await who(another))["person"] == "p-301"
        assert (await changes(hers, PASSWORD, ANOTHER)).json() == {"stage": "full"}
        assert (await who(hers))["person"] == "p-301"
        assert await who(another) == await who(thief) == 401
        assert failed(await enters(another, "p-301")) == (401, "sign_in_failed")
        assert (await enters(another, "p-301", ANOTHER)).json() == {"stage": "second_factor"}


async def test_the_first_password_is_none_that_somebody_would_try(system: System, clock: AdjustableClock) -> None:
    code = await account(system.installation, "p-302", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as client:
        body = {"account": "p-302", "code": code, "password": "password1234"}
        assert failed(await client.post("/api/v1/session/first", json=body)) == (422, "guessable_password")
        assert (await enters_first(client, "p-302", code)).status_code == 201  # the code is still good


async def test_a_stolen_session_changes_nothing_and_ends_nobody(system: System, clock: AdjustableClock) -> None:
    hers, phone = await begun(system, clock)
    async with aclosing(hers), as_before(system, hers) as thief:
        (own,) = (await thief.get("/api/v1/sessions")).json()["items"]
        refused: list[tuple[str, str, Any]] = [
            ("POST", "/api/v1/session/totp", None),
            ("POST", "/api/v1/session/recovery-codes", None),
            ("DELETE", "/api/v1/sessions", None),
        ]
        for method, path, body in refused:
            assert failed(await thief.request(method, path, json=body)) == (403, "proof_needed"), path
        assert failed(await changes(thief, "adivino la de ella", ANOTHER)) == (401, "sign_in_failed")
        for proof in ({}, {"code": "000000"}, {"password": "adivino la de ella"}):
            assert failed(await thief.post("/api/v1/session/proof", json=proof)) == (401, "sign_in_failed")
        off = await thief.post("/api/v1/session/totp/disable", json={"code": "000000"})
        assert failed(off) == (409, "second_factor_stays")
        # Nor does what she proves count for the copy: the session goes on under another secret.
        assert (await proves(hers)).status_code == 201
        assert await who(thief) == 401
        assert (await who(hers))["person"] == "p-301"
        (still,) = (await hers.get("/api/v1/sessions")).json()["items"]
        assert still["session_id"] == own["session_id"]
    clock.ahead += timedelta(seconds=30)
    async with browser(system) as client:
        assert (await enters_whole(client, "p-301", phone, clock)).json() == {"stage": "full"}


async def test_guessing_the_password_within_a_session_is_slowed_and_keeps_nobody_out(
    system: System, clock: AdjustableClock
) -> None:
    clock.stand_still()
    hers, _ = await begun(system, clock)
    async with aclosing(hers), browser(system) as elsewhere:
        answers = [await proves(hers, f"adivino {n} otra vez") for n in range(FREE_ATTEMPTS_OF_ACCOUNT + 2)]
        assert failed(answers[-2]) == (401, "sign_in_failed")
        assert failed(answers[-1]) == (429, "too_many_attempts")
        assert failed(await changes(hers, PASSWORD, ANOTHER)) == (429, "too_many_attempts")
        assert (await enters(elsewhere, "p-301")).json() == {"stage": "second_factor"}


async def test_another_telephone_is_set_up_with_a_proof_and_the_old_one_works_until_then(
    system: System, clock: AdjustableClock
) -> None:
    hers, old = await begun(system, clock)
    clock.ahead += timedelta(seconds=30)
    async with aclosing(hers), browser(system) as another:
        await enters_whole(another, "p-301", old, clock)
        await proves(hers)
        clock.ahead += PROOF_LIFETIME + timedelta(seconds=1)
        assert failed(await hers.post("/api/v1/session/totp")) == (403, "proof_needed")  # too long ago
        assert (await hers.post("/api/v1/session/proof", json={"code": old.at(clock())})).status_code == 201
        new = pyotp.TOTP((await hers.post("/api/v1/session/totp")).json()["secret"])
        clock.ahead += timedelta(seconds=30)
        assert (await enters_whole(another, "p-301", old, clock)).json() == {"stage": "full"}  # nobody is locked out
        confirm = "/api/v1/session/totp/confirm"
        assert failed(await hers.post(confirm, json={"code": old.at(clock())})) == (401, "sign_in_failed")
        done = await hers.post(confirm, json={"code": new.at(clock())})
        assert (done.status_code, len(done.json()["recovery_codes"])) == (201, 10)
        assert await who(another) == 401  # ASVS 7.4.3
        assert (await who(hers))["person"] == "p-301"
        clock.ahead += timedelta(seconds=30)
        assert failed(await enters_whole(another, "p-301", old, clock)) == (401, "sign_in_failed")
        assert (await enters_whole(another, "p-301", new, clock)).json() == {"stage": "full"}


async def test_new_printed_codes_replace_the_old_ones(system: System, clock: AdjustableClock) -> None:
    hers, phone = await begun(system, clock)
    clock.ahead += timedelta(seconds=30)
    async with aclosing(hers), browser(system) as another:
        await enters_whole(another, "p-301", phone, clock)
        await proves(hers)
        first = (await hers.post("/api/v1/session/recovery-codes")).json()["recovery_codes"]
        assert await who(another) == 401
        second = (await hers.post("/api/v1/session/recovery-codes")).json()["recovery_codes"]
        await enters(another, "p-301")
        step = "/api/v1/session/second-step"
        assert failed(await another.post(step, json={"code": first[0]})) == (401, "sign_in_failed")
        assert (await another.post(step, json={"code": second[0]})).json() == {"stage": "full"}


async def test_a_person_ends_one_or_all_of_their_other_sessions(system: System, clock: AdjustableClock) -> None:
    hers, phone = await begun(system, clock)
    others = [browser(system) for _ in range(MAX_SESSIONS)]
    for other in others:
        clock.ahead += timedelta(seconds=30)
        assert (await enters_whole(other, "p-301", phone, clock)).status_code == 201
    assert await who(hers) == 401  # one more than may be: the oldest ended
    assert (await who(others[0]))["person"] == "p-301"
    mine = others[-1]
    listed = (await mine.get("/api/v1/sessions")).json()["items"]
    assert len(listed) == MAX_SESSIONS
    await proves(mine)
    assert (await mine.delete(f"/api/v1/sessions/{listed[0]['session_id']}")).status_code == 204
    assert await who(others[0]) == 401
    assert (await mine.delete("/api/v1/sessions")).json() == {"ended": MAX_SESSIONS - 2}
    assert [await who(other) for other in others[1:-1]] == [401] * (MAX_SESSIONS - 2)
    assert (await who(mine))["person"] == "p-301"
    (own,) = (await mine.get("/api/v1/sessions")).json()["items"]
    clock.ahead += PROOF_LIFETIME + timedelta(seconds=1)
    assert (await mine.delete(f"/api/v1/sessions/{own['session_id']}")).status_code == 204  # signing out needs no proof
    assert await who(mine) == 401
    for each in (hers, *others):
        await each.aclose()


@pytest.mark.parametrize("of", ["p-301", None])
async def test_an_administrator_ends_the_sessions_of_one_person_or_of_everybody(
    system: System, clock: AdjustableClock, of: str | None
) -> None:
    hers, _ = await begun(system, clock)
    colleague, _ = await begun(system, clock, "p-303")
    async with aclosing(hers), aclosing(colleague), as_administrator(system.installation) as connection:
        assert await administration.end_sessions(connection, of, clock()) >= 1
        assert await who(hers) == 401
        assert (await who(colleague) == 401) == (of is None)
        with pytest.raises(administration.NoSuchPersonError):
            await administration.end_sessions(connection, "p-999", clock())
