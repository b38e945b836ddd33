"""Whoever reads what is sealed needs a second factor, and a person who guesses codes waits longer and longer."""

from datetime import timedelta

import httpx2
import pytest

from events.vocabulary import Role
from services.chassis.identity import administration, policy
from services.chassis.identity.passwords import Passwords
from services.chassis.identity.policy import (
    FREE_ATTEMPTS_OF_ACCOUNT,
    FREE_ATTEMPTS_OF_ADDRESS,
    MUST_HAVE_SECOND_FACTOR,
)
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
    who,
)
from tests.support.system.system import HANG, System


@pytest.mark.parametrize("role", sorted(MUST_HAVE_SECOND_FACTOR))
def test_every_role_that_a_person_has_needs_a_second_factor(role: Role) -> None:
    assert policy.stage_after_first(role, has_second=False) is policy.Stage.ENROLMENT
    assert policy.stage_after_first(role, has_second=True) is policy.Stage.SECOND_FACTOR


def test_only_programs_do_without() -> None:
    assert set(Role) - MUST_HAVE_SECOND_FACTOR == {Role.INTEGRATOR, Role.OPERATOR}


@pytest.mark.parametrize("role", [Role.OFFICER, Role.SHELTER_WORKER])
async def test_an_account_from_before_is_led_to_a_second_factor_and_is_not_locked_out(
    system: System, clock: AdjustableClock, role: Role
) -> None:
    org = "ACNUR" if role is Role.OFFICER else "ALB-TAP-01"
    await account(system.installation, "p-205", role, org, clock)
    async with as_administrator(system.installation) as connection:
        await connection.execute(
            "insert into accounts.credential (person, password, changed_at) values ('p-205', $1, now())",
            await Passwords().hashed(PASSWORD),
        )
    async with browser(system) as client:
        assert (await enters(client, "p-205")).json() == {"stage": "enrolment"}
        assert await who(client) == 401
        await enrols(client, clock)
        assert (await who(client))["role"] == role


async def test_a_supervisor_gets_nowhere_without_a_second_factor_and_a_code_of_it_is_good_once(
    system: System, clock: AdjustableClock
) -> None:
    code = await account(system.installation, "p-201", Role.SUPERVISOR, "ACNUR", clock)
    async with browser(system) as client:
        assert (await enters_first(client, "p-201", code)).json() == {"stage": "enrolment"}
        assert await who(client) == 401
        assert (await client.get("/api/v1/referrals")).status_code == 401
        phone, printed = await enrols(client, clock)
        assert (await who(client))["role"] == "supervisor"
        off = await client.post("/api/v1/session/totp/disable", json={"code": printed[9]})
        assert failed(off) == (409, "second_factor_stays")  # the role cannot do without it
        step = "/api/v1/session/second-step"
        assert (await enters(client, "p-201")).json() == {"stage": "second_factor"}
        assert await who(client) == 401
        spent = await client.post(step, json={"code": phone.at(clock())})
        assert failed(spent) == (401, "sign_in_failed")  # that step's code was used to turn it on
        clock.ahead += timedelta(seconds=30)
        assert (await client.post(step, json={"code": phone.at(clock())})).json() == {"stage": "full"}
        assert (await who(client))["role"] == "supervisor"
        await enters(client, "p-201")
        assert (await client.post(step, json={"code": printed[0].lower()})).json() == {"stage": "full"}
        await enters(client, "p-201")
        assert failed(await client.post(step, json={"code": printed[0]})) == (401, "sign_in_failed")
        clock.ahead += policy.SECOND_STEP_LIFETIME + timedelta(seconds=1)
        assert failed(await client.post(step, json={"code": printed[1]})) == (401, "not_signed_in")  # too slow
    async with as_administrator(
        system.installation
    ) as connection:  # nothing that would open anything is there in clear
        boxes = await connection.fetch("select totp from accounts.credential")
        assert phone.secret.encode() not in b"".join(row["totp"] for row in boxes)
        again = await administration.reset_person(connection, "p-201", clock())
    async with browser(system) as client:
        assert failed(await enters(client, "p-201")) == (401, "sign_in_failed")
        assert (await enters_first(client, "p-201", again)).json() == {"stage": "enrolment"}


async def test_a_guesser_waits_longer_and_longer_and_locks_nobody_out_where_they_work(
    system: System, clock: AdjustableClock
) -> None:
    clock.stand_still()
    codes = {
        p: await account(system.installation, p, Role.OFFICER, "ACNUR", clock) for p in ("p-101", "p-102", "p-103")
    }
    hers, colleagues = browser(system), browser(system)
    assert (await enters_first(hers, "p-101", codes["p-101"])).status_code == 201
    phone, _ = await enrols(hers, clock)  # with this browser she has signed in
    assert (await enters_first(colleagues, "p-103", codes["p-103"])).status_code == 201
    await enrols(colleagues, clock)
    elsewhere = httpx2.AsyncHTTPTransport(local_address="127.0.0.2")
    async with httpx2.AsyncClient(base_url=system.url, transport=elsewhere, timeout=HANG) as guesser:
        answers = [
            await enters(guesser, "p-101", f"adivino {n} y otra vez") for n in range(FREE_ATTEMPTS_OF_ACCOUNT + 2)
        ]
        unknown = [
            await enters(guesser, "p-999", f"adivino {n} y otra vez") for n in range(FREE_ATTEMPTS_OF_ACCOUNT + 2)
        ]
        told = [failed(answer) for answer in answers]
        assert told == [*[(401, "sign_in_failed")] * (FREE_ATTEMPTS_OF_ACCOUNT + 1), (429, "too_many_attempts")]
        assert [failed(answer) for answer in unknown] == told  # whether there is such an account, nothing says
        assert {answer.text for answer in answers[:-1]} == {answer.text for answer in unknown[:-1]}
        assert int(answers[-1].headers["retry-after"]) == 2
        right = await enters(guesser, "p-101", PASSWORD)
        assert failed(right) == (429, "too_many_attempts")  # not even the right one is looked at
        clock.ahead += timedelta(seconds=3)
        assert failed(await enters(guesser, "p-101", "otra vez adivino")) == (401, "sign_in_failed")
        assert int((await enters(guesser, "p-101", "y otra más")).headers["retry-after"]) == 4  # doubled
    # Under her own address, in their own browser, a colleague does the same: hers still lets her in at once.
    for n in range(FREE_ATTEMPTS_OF_ACCOUNT + 2):
        wrong = await enters(colleagues, "p-101", f"equivocada {n} siempre")
    assert failed(wrong) == (429, "too_many_attempts")
    clock.ahead += timedelta(seconds=30)
    assert (await enters_whole(hers, "p-101", phone, clock)).json() == {"stage": "full"}
    for n in range(FREE_ATTEMPTS_OF_ACCOUNT + 2):
        wrong = await enters(colleagues, "p-103", f"equivocada {n} siempre")
    assert failed(wrong) == (429, "too_many_attempts")
    async with browser(system) as client:  # one's own first time does not meet the failures of others
        assert (await enters_first(client, "p-102", codes["p-102"])).status_code == 201
    await hers.aclose()
    await colleagues.aclose()


async def test_at_an_address_over_its_limit_nothing_says_who_has_an_account_or_works_there(
    system: System, clock: AdjustableClock
) -> None:
    clock.stand_still()
    code = await account(system.installation, "p-101", Role.OFFICER, "ACNUR", clock)
    async with browser(system) as hers, browser(system) as guesser:
        assert (await enters_first(hers, "p-101", code)).status_code == 201
        await enrols(hers, clock)
        for n in range(FREE_ATTEMPTS_OF_ADDRESS + 1):
            await enters(guesser, f"p-{800 + n}", "adivino y otra vez")
        answers = [failed(await enters(guesser, person, "adivino")) for person in ("p-101", "p-999", "nadie")]
        assert answers == [(429, "too_many_attempts")] * 3
        assert (await enters(hers, "p-101")).json() == {"stage": "second_factor"}  # her browser is known


async def test_whatever_is_written_where_a_code_should_be_is_refused_like_any_other(
    system: System, clock: AdjustableClock
) -> None:
    code = await account(system.installation, "p-201", Role.SUPERVISOR, "ACNUR", clock)
    async with browser(system) as client:
        for odd in ("ñandú", "p-1", "' or 1=1", "p-201\x01"):
            assert failed(await enters(client, odd)) == (401, "sign_in_failed")
        for unstorable in ("\x00", "p-201\x00"):
            assert failed(await enters(client, unstorable)) == (422, "malformed_request")
        await enters_first(client, "p-201", code)
        await client.post("/api/v1/session/totp")
        for odd in ("ñ", "\x01", "1" * 64):
            told = failed(await client.post("/api/v1/session/totp/confirm", json={"code": odd}))
            assert told == (401, "sign_in_failed")
