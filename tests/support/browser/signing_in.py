"""Signing in with a browser: through the pages, as people do, or with a session made for it, which takes no time."""

from datetime import timedelta
from uuid import uuid4

import pyotp
from playwright.async_api import BrowserContext, Page

from events.vocabulary import Role
from services.chassis.clock import Clock, system_clock
from services.chassis.identity.policy import MAX_SESSIONS, SESSION_LIFETIME, Stage
from services.chassis.identity.store import hashed, new_secret
from services.chassis.web.cookies import ON_THIS_MACHINE
from tests.support.people.accounts import PASSWORD, as_administrator
from tests.support.system.system import System

BEGIN = "select accounts.begin_session($1, $2, $3, $4, $5, $6, $7)"


async def give_session(
    context: BrowserContext,
    system: System,
    role: Role,
    org: str,
    *,
    label: str = "prueba",
    language: str = "es",
    lasting: timedelta = SESSION_LIFETIME,
    clock: Clock = system_clock,
) -> str:
    """Starts a whole session of an account of this role, and puts its cookie into the browser.

    Returns the account's code: that of ``System.person`` for the same label; in another language it is another account.
    """
    whose = label if language == "es" else f"{label} {language}"
    person = await system.person(role, org, whose)
    secret, at = new_secret(), clock()
    async with as_administrator(system.installation) as connection:
        await connection.execute("update accounts.person set language = $2 where person = $1", person, language)
        began = await connection.fetchval(
            BEGIN, uuid4(), hashed(secret), person, Stage.FULL.value, at, at + lasting, MAX_SESSIONS
        )
    assert began, f"{person} is not active"
    cookie = {"name": ON_THIS_MACHINE, "value": secret, "url": system.url, "httpOnly": True, "sameSite": "Lax"}
    await context.add_cookies([cookie])  # type: ignore[list-item]  # a plain mapping of a typed one
    return person


async def end_sessions(system: System, person: str, clock: Clock = system_clock) -> None:
    """Ends every session of an account, as its lifetime or an administrator does."""
    async with as_administrator(system.installation) as connection:
        statement = "update accounts.session set ended_at = $2 where person = $1 and ended_at is null"
        await connection.execute(statement, person, clock())


async def enters_by_the_pages(page: Page, account: str, phone: pyotp.TOTP, clock: Clock = system_clock) -> None:
    """Fills in the pages of a sign-in: account and password, then the authenticator's code."""
    await page.locator("input[name=cuenta]").fill(account)
    await page.locator("input[name=clave]").fill(PASSWORD)
    await page.locator("input[name=clave]").press("Enter")
    await page.locator("input[name=codigo]").fill(phone.at(clock()))
    await page.locator("input[name=codigo]").press("Enter")
    await page.locator("input[name=codigo]").wait_for(state="detached")
