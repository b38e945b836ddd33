"""An officer signs in with her organisation's account, by what that says of her and nothing less (OpenID Connect)."""

import asyncio
import html
import re
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
from services.chassis.clock import system_clock
from services.chassis.identity import administration
from services.chassis.identity.policy import FREE_ATTEMPTS_OF_ADDRESS
from services.chassis.runtime.server import listen
from services.chassis.settings import Settings
from services.system import Installation
from tests.support.fakes.oidc_provider import CLIENT, SECRET, OrganisationsSignIn
from tests.support.people.accounts import account, as_administrator, browser, failed, who
from tests.support.system.system import HANG, System, eventually, running

START = "/entrar/organizacion"
PUBLIC = "https://canaliza.example"
"""Where browsers find the program, whatever a request says of it."""


@asynccontextmanager
async def arranged(installation: Installation, issuer: str) -> AsyncIterator[System]:
    """The program, with an organisation's sign-in arranged."""
    settings = installation.settings.model_copy(
        update={"oidc_issuer": issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SecretStr(SECRET),
                "public_url": PUBLIC}
    )  # fmt: skip
    async with running(replace(installation, settings=settings)) as system:
        yield system


async def linked(installation: Installation, person: str, role: Role, issuer: str, subject: str) -> None:
    await account(installation, person, role, "ACNUR")
    async with as_administrator(installation) as connection:
        await administration.link_identity(connection, person, issuer, subject, system_clock())


async def sent_back(client: httpx2.AsyncClient, **more: str) -> str:
    """Goes to the organisation's sign-in, and is sent back: with what."""
    address = led_to(await client.post(START, data={"volver": "/c/7F3K", **more}))
    async with httpx2.AsyncClient(timeout=HANG) as there:
        back = await there.get(address)
    return at_ours(back)


def led_to(answer: httpx2.Response) -> str:
    """Where the page leads on to."""
    assert answer.status_code == 200, answer.text
    found = re.search(r'content="0;url=([^"]+)"', answer.text)
    assert found is not None, answer.text
    return html.unescape(found[1])


def at_ours(answer: httpx2.Response) -> str:
    """The page that a provider sends the browser back to, without the public URL that it begins with."""
    address: str = answer.headers["location"]
    assert address.startswith(f"{PUBLIC}/entrar/organizacion/vuelta?"), address
    return address.removeprefix(PUBLIC)


def refused(answer: httpx2.Response) -> None:
    assert answer.status_code == 401, answer.headers
    assert "organización" in answer.text
    assert "canaliza=" not in answer.headers.get("set-cookie", "")


async def test_an_officer_signs_in_with_her_organisations_account_and_is_led_back(installation: Installation) -> None:
    async with OrganisationsSignIn(system_clock).open() as provider, arranged(installation, provider.issuer) as system:
        await linked(installation, "p-101", Role.OFFICER, provider.issuer, provider.subject)
        provider.lies = {"amr": ["pwd", "otp"]}
        async with browser(system) as client:
            assert "/entrar/organizacion" in (await client.get("/entrar")).text
            back = await sent_back(client)
            done = await client.get(back)
            assert (done.status_code, done.headers["location"]) == (303, "/c/7F3K")
            assert (await who(client))["person"] == "p-101"
            assert failed(await client.post("/api/v1/session/totp")) == (403, "proof_needed")
            asked = provider.asked[0]
            assert asked["scope"] == "openid"  # nothing about her is asked for
            assert len(asked["state"]) >= 43
            refused(await client.get(back))  # the same answer again, in the same browser
        async with browser(system) as client:  # each time anew
            await client.get(await sent_back(client))
            assert len({asked[name] for asked in provider.asked for name in ("state", "nonce", "code_challenge")}) == 6
            async with as_administrator(installation) as connection:
                await administration.disable_person(connection, "p-101", system_clock())
            assert await who(client) == 401
            refused(await client.get(await sent_back(client)))


async def test_whoever_has_no_password_here_proves_again_who_they_are_there(installation: Installation) -> None:
    async with OrganisationsSignIn(system_clock).open() as provider, arranged(installation, provider.issuer) as system:
        await linked(installation, "p-101", Role.OFFICER, provider.issuer, provider.subject)
        provider.lies = {"amr": ["mfa"]}
        async with browser(system) as client:
            await client.get(await sent_back(client))
            assert failed(await client.delete("/api/v1/sessions")) == (403, "proof_needed")
            assert 'name="comprobar"' in (await client.get("/cuenta/comprobar")).text
            for stale in ({"auth_time": None}, {"auth_time": 1_700_000_000}):  # it did not ask her now
                provider.lies = {"amr": ["mfa"], **stale}
                refused(await client.get(await sent_back(client, comprobar="1")))
            assert failed(await client.delete("/api/v1/sessions")) == (403, "proof_needed")
            provider.lies = {"amr": ["mfa"], "auth_time": int(system_clock().timestamp())}
            await client.get(await sent_back(client))  # a sign-in alone is no proof, however fresh
            assert failed(await client.delete("/api/v1/sessions")) == (403, "proof_needed")
            provider.lies = {"amr": ["mfa"]}
            assert (await client.get(await sent_back(client, comprobar="1"))).headers["location"] == "/c/7F3K"
            assert (provider.asked[-1]["prompt"], provider.asked[-1]["max_age"]) == ("login", "0")
            assert (await client.delete("/api/v1/sessions")).status_code == 200


async def test_what_cannot_be_relied_on_opens_nothing(installation: Installation) -> None:
    async with OrganisationsSignIn(system_clock).open() as provider, arranged(installation, provider.issuer) as system:
        await linked(installation, "p-101", Role.OFFICER, provider.issuer, provider.subject)
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


async def test_a_supervisor_needs_a_second_factor_there_or_here(installation: Installation) -> None:
    async with OrganisationsSignIn(system_clock).open() as provider, arranged(installation, provider.issuer) as system:
        await linked(installation, "p-201", Role.SUPERVISOR, provider.issuer, provider.subject)
        async with browser(system) as client:
            done = await client.get(await sent_back(client))
            assert done.headers["location"] == "/entrar?volver=%2Fc%2F7F3K"
            assert await who(client) == 401
            for one_factor in (["otp"], ["swk"], ["pop"], ["pwd", "pin"], ["otp", "pop"], "otp", []):
                provider.lies = {"amr": one_factor}
                assert (await client.get(await sent_back(client))).headers["location"].startswith("/entrar?"), (
                    one_factor
                )
            provider.lies = {"amr": ["mfa"]}
            assert (await client.get(await sent_back(client))).headers["location"] == "/c/7F3K"
            assert (await who(client))["role"] == "supervisor"


async def test_two_organisations_that_call_somebody_the_same_are_two(installation: Installation) -> None:
    async with OrganisationsSignIn(system_clock).open() as provider, arranged(installation, provider.issuer) as system:
        await linked(installation, "p-101", Role.OFFICER, "https://otra.example", provider.subject)
        async with browser(system) as client:
            refused(await client.get(await sent_back(client)))


async def test_where_nothing_was_arranged_there_is_no_such_way(system: System) -> None:
    async with browser(system) as client:
        assert "/entrar/organizacion" not in (await client.get("/entrar")).text
        refused(await client.get(START))
        refused(await client.post(START))
        refused(await client.get("/entrar/organizacion/vuelta?state=x&code=y"))


async def test_a_provider_that_others_wrote_is_understood(installation: Installation) -> None:
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
                async with httpx2.AsyncClient(timeout=HANG) as client:
                    return (await client.get(f"{issuer}/jwks")).status_code == 200
            except httpx2.HTTPError:
                return False

        await eventually(up)
        async with arranged(installation, issuer) as system:
            await linked(installation, "p-101", Role.OFFICER, issuer, "guardia-7")
            async with browser(system) as client:
                address = led_to(await client.post(START, data={"volver": "/c/7F3K"}))
                async with httpx2.AsyncClient(timeout=HANG) as there:
                    back = await there.post(address, data={"sub": "guardia-7"})
                done = await client.get(at_ours(back))
                assert (done.status_code, done.headers["location"]) == (303, "/entrar?volver=%2Fc%2F7F3K")
                assert "/entrar/segundo-factor" in (await client.get("/entrar")).text  # this provider says no amr
    finally:
        process.terminate()
        await process.wait()


async def test_going_there_begins_with_a_click_and_asks_the_provider_once_for_everybody(
    installation: Installation,
) -> None:
    async with (
        OrganisationsSignIn(system_clock).open() as provider,
        arranged(installation, provider.issuer) as system,
        browser(system) as anybody,
    ):
        for _ in range(5):
            page = await anybody.get(f"{START}?volver=/c/7F3K")
            assert (page.status_code, page.text.count('<form method="post"')) == (200, 1)
        assert provider.discovered == 0
        assert await under_way(installation) == 0
        for _ in range(5):
            led_to(await anybody.post(START))
        assert provider.discovered == 1
        foreign = await anybody.post(START, headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403
        while (last := await anybody.post(START)).status_code == 200:
            assert await under_way(installation) < 2 * FREE_ATTEMPTS_OF_ADDRESS
        assert (last.status_code, int(last.headers["retry-after"]) > 0) == (429, True)


async def test_no_more_than_so_many_sign_ins_elsewhere_are_under_way(installation: Installation) -> None:
    async with as_administrator(installation) as connection:
        at = system_clock()
        for number in range(5):
            state = bytes([number]) * 32
            until = at + timedelta(minutes=1, seconds=number)
            statement = "select accounts.begin_oidc($1, $1, '', '', '', '', false, $2, $3, 3)"
            await connection.execute(statement, state, at, until)
        kept = await connection.fetch("select state from accounts.oidc_attempt order by state")
    assert [row["state"][0] for row in kept] == [2, 3, 4]


async def under_way(installation: Installation) -> int:
    async with as_administrator(installation) as connection:
        return int(await connection.fetchval("select count(*) from accounts.oidc_attempt"))


def test_where_the_provider_returns_to_is_said_by_the_installation_and_not_by_a_request() -> None:
    everything = {"oidc_issuer": "https://x.example", "oidc_client_id": "x", "oidc_client_secret": SecretStr("x")}
    with pytest.raises(ValueError, match="CANALIZA_PUBLIC_URL"):
        Settings(**everything)  # type: ignore[arg-type]
    assert Settings(**everything, public_url=PUBLIC).oidc_client_id == "x"  # type: ignore[arg-type]


@pytest.mark.parametrize("changes", [{"oidc_issuer": "https://x.example"}, {"oidc_client_id": "x"}])
def test_half_an_arrangement_is_refused_at_the_start(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="go together"):
        Settings(**changes)  # type: ignore[arg-type]
