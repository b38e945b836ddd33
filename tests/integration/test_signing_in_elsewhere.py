"""An officer signs in with her organisation's account, by what that says of her and nothing less (OpenID Connect)."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from events.vocabulary import Role
from services.chassis.accounts import administering
from services.chassis.clock import system_clock
from services.chassis.serving import listen
from services.chassis.settings import Settings
from services.system import Ground
from tests.harness.accounts import account, as_administrator, browser, who
from tests.harness.oidc_provider import CLIENT, SECRET, OrganisationsSignIn
from tests.harness.system import System, eventually, running

START = "/entrar/organizacion?volver=/c/7F3K"


@asynccontextmanager
async def arranged(ground: Ground, issuer: str) -> AsyncIterator[System]:
    """The program, with an organisation's sign-in arranged."""
    settings = ground.settings.model_copy(
        update={"oidc_issuer": issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SecretStr(SECRET)}
    )
    async with running(replace(ground, settings=settings)) as system:
        yield system


async def linked(ground: Ground, person: str, role: Role, issuer: str, subject: str) -> None:
    await account(ground, person, role, "ACNUR")
    async with as_administrator(ground) as connection:
        await administering.link_identity(connection, person, issuer, subject, system_clock())


async def sent_back(client: httpx2.AsyncClient) -> str:
    """Goes to the organisation's sign-in, and is sent back: with what."""
    out = await client.get(START)
    assert out.status_code == 303, out.text
    async with httpx2.AsyncClient() as there:
        back = await there.get(out.headers["location"])
    address: str = back.headers["location"]
    return address


def refused(answer: httpx2.Response) -> None:
    assert answer.status_code == 401, answer.headers
    assert "organización" in answer.text
    assert "canaliza=" not in answer.headers.get("set-cookie", "")


async def test_an_officer_signs_in_with_her_organisations_account_and_is_led_back(ground: Ground) -> None:
    async with OrganisationsSignIn(system_clock).open() as provider, arranged(ground, provider.issuer) as system:
        await linked(ground, "p-101", Role.OFFICER, provider.issuer, provider.subject)
        async with browser(system) as client:
            assert "/entrar/organizacion" in (await client.get("/entrar")).text
            back = await sent_back(client)
            done = await client.get(back)
            assert (done.status_code, done.headers["location"]) == (303, "/c/7F3K")
            assert (await who(client))["person"] == "p-101"
            asked = provider.asked[0]
            assert asked["scope"] == "openid"  # nothing about her is asked for
            assert len(asked["state"]) >= 43
            refused(await client.get(back))  # the same answer again, in the same browser
        async with browser(system) as client:  # each time anew
            await client.get(await sent_back(client))
            assert len({asked[name] for asked in provider.asked for name in ("state", "nonce", "code_challenge")}) == 6
            async with as_administrator(ground) as connection:
                await administering.disable_person(connection, "p-101", system_clock())
            assert await who(client) == 401
            refused(await client.get(await sent_back(client)))


async def test_what_cannot_be_relied_on_opens_nothing(ground: Ground) -> None:
    async with OrganisationsSignIn(system_clock).open() as provider, arranged(ground, provider.issuer) as system:
        await linked(ground, "p-101", Role.OFFICER, provider.issuer, provider.subject)
        now = system_clock()
        lies: list[dict[str, Any]] = [
            {"aud": "another-program"},
            {"aud": [CLIENT, "another-program"]},
            {"azp": "another-program"},
            {"iss": "https://canario.example"},
            {"nonce": "an-older-one"},
            {"exp": int((now - timedelta(minutes=5)).timestamp())},
            {"iat": int((now - timedelta(hours=1)).timestamp())},
            {"sub": "7f3a-0002"},  # nobody here, whatever address it says
        ]
        async with browser(system) as client:
            for lie in lies:
                provider.lies = lie
                refused(await client.get(await sent_back(client)))
            provider.lies = {}
            provider.signs_with = RSAKey.generate_key(2048, {"kid": "k1"}, private=True)
            refused(await client.get(await sent_back(client)))  # forged: another key under the same name
            provider.signs_with = None
            assert await who(client) == 401
            back = await sent_back(client)
            async with browser(system) as another:  # stolen or slipped in: another browser did not begin it
                refused(await another.get(back))
            begun = back.partition("state=")[2]
            refused(await client.get(back.replace(begun, "x" * 43)))
            codes = provider.codes
            verifier = next(iter(codes.values()))
            verifier["code_challenge"] = "of-another-attempt"
            for code in codes:
                codes[code] = {**codes[code], "code_challenge": "of-another-attempt"}
            refused(await client.get(back))  # a code that was stolen from another attempt
            assert (await client.get(await sent_back(client))).status_code == 303  # and then the truth


async def test_a_supervisor_needs_a_second_factor_there_or_here(ground: Ground) -> None:
    async with OrganisationsSignIn(system_clock).open() as provider, arranged(ground, provider.issuer) as system:
        await linked(ground, "p-201", Role.SUPERVISOR, provider.issuer, provider.subject)
        async with browser(system) as client:
            done = await client.get(await sent_back(client))
            assert done.headers["location"] == "/entrar?volver=%2Fc%2F7F3K"
            assert await who(client) == 401
            provider.lies = {"amr": ["pwd", "otp"]}
            assert (await client.get(await sent_back(client))).headers["location"] == "/c/7F3K"
            assert (await who(client))["role"] == "supervisor"


async def test_two_organisations_that_call_somebody_the_same_are_two(ground: Ground) -> None:
    async with OrganisationsSignIn(system_clock).open() as provider, arranged(ground, provider.issuer) as system:
        await linked(ground, "p-101", Role.OFFICER, "https://otra.example", provider.subject)
        async with browser(system) as client:
            refused(await client.get(await sent_back(client)))


async def test_where_nothing_was_arranged_there_is_no_such_way(system: System) -> None:
    async with browser(system) as client:
        assert "/entrar/organizacion" not in (await client.get("/entrar")).text
        refused(await client.get(START))
        refused(await client.get("/entrar/organizacion/vuelta?state=x&code=y"))


async def test_a_provider_that_others_wrote_is_understood(ground: Ground) -> None:
    """Authlib's own server side, as a process."""
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    listener.close()
    program = [sys.executable, "-m", "oidc_provider_mock", "-p", str(port), "-H", "127.0.0.1", "-n", "true"]
    nothing = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*program, stdout=nothing, stderr=nothing)
    issuer = f"http://127.0.0.1:{port}"
    try:

        async def up() -> bool:
            try:
                async with httpx2.AsyncClient() as client:
                    return (await client.get(f"{issuer}/jwks")).status_code == 200
            except httpx2.HTTPError:
                return False

        await eventually(up)
        async with arranged(ground, issuer) as system:
            await linked(ground, "p-101", Role.OFFICER, issuer, "guardia-7")
            async with browser(system) as client:
                out = await client.get(START)
                async with httpx2.AsyncClient() as there:
                    back = await there.post(out.headers["location"], data={"sub": "guardia-7"})
                done = await client.get(back.headers["location"])
                assert (done.status_code, done.headers["location"]) == (303, "/c/7F3K")
                assert (await who(client))["person"] == "p-101"
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize("changes", [{"oidc_issuer": "https://x.example"}, {"oidc_client_id": "x"}])
def test_half_an_arrangement_is_refused_at_the_start(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="go together"):
        Settings(**changes)  # type: ignore[arg-type]
