"""A form is not lost and not doubled, whatever happens between drawing it and sending it."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Agency, Role
from services.chassis.errors import StoreUnavailableError
from services.chassis.eventlog.append import Append
from services.chassis.eventlog.log import Log
from tests.support.people.accounts import account, browser, enrols, enters, enters_first
from tests.support.people.asked import is_asked
from tests.support.people.page_forms import form_to, forms_of
from tests.support.people.people import Item, Programme, an_adult, consent_to, taken
from tests.support.people.referral_states import in_state
from tests.support.system.system import System

HTML = {"Accept": "text/html"}
OURS = HTML | {"Sec-Fetch-Site": "same-origin"}
NOTE = "El equipo volvió de Huixtla; no hay lugar hasta el lunes."


def path_of(referral: Item) -> str:
    return f"/mesa/canalizaciones/{referral['referral_id']}"


async def page_of(client: httpx2.AsyncClient, referral: Item) -> str:
    answer = await client.get(path_of(referral), headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


async def sends(client: httpx2.AsyncClient, page: str, act: str, **written: str) -> httpx2.Response:
    form = form_to(page, f"/{act}")
    return await client.post(form.action, data=form.fields | written, headers=OURS)


async def now(programme: Programme, referral: Item) -> Any:
    return (await programme.coordinator.get(f"/api/v1/referrals/{referral['referral_id']}")).json()


async def test_a_session_that_ended_while_a_note_was_written_loses_nothing(
    programme: Programme, system: System
) -> None:
    referral, person = await in_state(programme, "requested"), f"p-{str(uuid4().int)[:6]}"
    code = await account(system.installation, person, Role.OFFICER, "ACNUR")
    async with browser(system, **HTML) as hers:
        assert (await enters_first(hers, person, code)).is_success
        _, printed = await enrols(hers)
        page = await page_of(hers, referral)
        await hers.post("/entrar/salir")
        late = await sends(hers, page, "decline", reason="other", note=NOTE)
        assert late.status_code == 401
        assert (await now(programme, referral))["state"] == "requested"
        kept = form_to(late.text, "/decline")
        assert (kept.fields["note"], kept.fields["reason"]) == (NOTE, "other")
        assert (await enters(hers, person)).is_success  # the second step is not asked of this form: still nobody
        again = await kept.sent_by(hers)
        assert again.status_code in {401, 403}
        assert (await now(programme, referral))["state"] == "requested"
        assert (await hers.post("/api/v1/session/second-step", json={"code": printed[0]})).is_success
        assert (await kept.sent_by(hers)).status_code == 303
    assert (await now(programme, referral))["state"] == "declined"


async def test_who_was_slower_sees_who_was_faster_and_keeps_the_note(programme: Programme, system: System) -> None:
    referral = await in_state(programme, "requested")
    hers, his = await programme.desk("ACNUR"), await system.signed_in(Role.SUPERVISOR, "ACNUR", "otra")
    page = await page_of(hers, referral)
    await taken(his, referral, "acknowledge")
    refused = await sends(hers, page, "decline", reason="no_capacity", note=NOTE)
    assert refused.status_code == 409
    assert "Se adelantó: supervisión · ACNUR" in refused.text
    kept = form_to(refused.text, "/decline")
    assert (kept.fields["note"], kept.fields["reason"]) == (NOTE, "no_capacity")
    assert '<details class="unfold" id="paso-decline" open>' in refused.text
    assert kept.fields["version"] == str(referral["version"] + 1)
    assert 'href="#fault"' not in refused.text
    assert refused.headers.get("content-encoding") is None, "what somebody typed is not compressed with anything"
    done = await hers.post(kept.action, data=kept.fields, headers=OURS)
    assert done.status_code == 303


async def test_a_note_to_a_step_that_is_gone_can_still_be_copied(programme: Programme, system: System) -> None:
    referral = await in_state(programme, "requested")
    hers, his = await programme.desk("ACNUR"), await system.signed_in(Role.OFFICER, "ACNUR", "otra")
    page = await page_of(hers, referral)
    await taken(his, referral, "accept")
    refused = await sends(hers, page, "decline", reason="no_capacity", note=NOTE)
    assert refused.status_code == 409
    assert not [form for form in forms_of(refused.text) if form.action.endswith("/decline")]
    assert NOTE in refused.text
    assert "Lo que usted escribió no se envió" in refused.text


async def test_two_taps_are_one_act(programme: Programme) -> None:
    referral, desk = await in_state(programme, "requested"), await programme.desk("ACNUR")
    form = form_to(await page_of(desk, referral), "/decline")
    written = form.fields | {"reason": "duplicate", "note": NOTE}
    first, second = [await desk.post(form.action, data=written, headers=OURS) for _ in range(2)]
    assert first.status_code == second.status_code == 303
    assert (await programme.facts_of(referral)).count("declined") == 1


async def test_two_tabs_take_two_steps_and_the_second_is_told(programme: Programme) -> None:
    referral, desk = await in_state(programme, "accepted"), await programme.desk("ACNUR")
    one, other = [await page_of(desk, referral) for _ in range(2)]
    assert (await sends(desk, one, "start")).status_code == 303
    told = await sends(desk, other, "start")
    assert told.status_code == 409
    assert "La atención comenzó y sigue." in told.text


async def test_an_hour_old_page_still_acts_if_only_a_clock_has_moved(programme: Programme, system: System) -> None:
    referral, desk = await in_state(programme, "requested"), await programme.desk("ACNUR")
    page = await page_of(desk, referral)
    await is_asked(system, referral, Agency.OIM)
    assert (await sends(desk, page, "accept")).status_code == 303
    assert "Se preguntó a OIM si puede ayudar." in await page_of(desk, referral)


async def test_a_withdrawal_while_the_page_was_open_lets_nothing_through(programme: Programme) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral, desk = await programme.referral_to("ACNUR", case, state="requested"), await programme.desk("ACNUR")
    page = await page_of(desk, referral)
    receipt = (await programme.shelter.get(f"/api/v1/cases/{case}")).json()["consents"][0]["receipt"]
    assert (await programme.withdraw(case, receipt)).status_code == 200
    await programme.referral_to("ACNUR", case, state="withdrawn")
    refused = await sends(desk, page, "accept")
    assert refused.status_code == 409
    assert "Se adelantó: personal del albergue" in refused.text
    closed = await sends(desk, page, "datos")
    assert closed.status_code == 410
    assert 'class="facts"' not in closed.text
    assert "Están cerrados" in closed.text
    assert (await sends(desk, closed.text, "confirm-deletion")).status_code == 303


@pytest.mark.parametrize(
    ("act", "written", "field"),
    [
        ("decline", {"reason": "other", "note": ""}, "note"),
        ("decline", {"note": NOTE}, "reason"),
        ("request-info", {"question": "  "}, "question"),
        ("no-contact", {"outcome": ""}, "outcome"),
    ],
)
async def test_what_is_missing_is_said_with_a_link_to_it(
    programme: Programme, act: str, written: dict[str, str], field: str
) -> None:
    referral, desk = await in_state(programme, "requested"), await programme.desk("ACNUR")
    refused = await sends(desk, await page_of(desk, referral), act, **written)
    assert refused.status_code == 422
    assert f'href="#{field}"' in refused.text
    assert f'id="{field}"' in refused.text
    assert form_to(refused.text, f"/{act}").fields.get("note", "") == written.get("note", "")
    assert (await now(programme, referral))["version"] == referral["version"]


async def test_an_appointment_that_cannot_be_is_refused_and_kept(programme: Programme) -> None:
    referral, desk = await in_state(programme, "accepted"), await programme.desk("ACNUR")
    for when, why in (("2013-06-12T10:00", "ya pasó"), ("mañana", "no es una fecha y hora")):
        refused = await sends(desk, await page_of(desk, referral), "schedule", appointment_at=when)
        assert refused.status_code == 422
        assert why in refused.text
        assert f'value="{when}"' in refused.text


async def test_a_failure_of_ours_keeps_the_words_and_the_order(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    referral, desk = await in_state(programme, "requested"), await programme.desk("ACNUR")
    form = form_to(await page_of(desk, referral), "/decline")
    written = form.fields | {"reason": "duplicate", "note": NOTE}
    append = Log.append

    async def stored_and_cut(self: Log, request: Append) -> Any:
        """It is stored, and the answer is lost on its way."""
        await append(self, request)
        if request.command is not None and str(request.command) == form.fields["orden"]:
            raise StoreUnavailableError
        return None

    with monkeypatch.context() as cut:
        cut.setattr(Log, "append", stored_and_cut)
        failed = await desk.post(form.action, data=written, headers=OURS)
    assert failed.status_code == 503
    kept = form_to(failed.text, "/decline")
    assert kept.fields == written
    again = await desk.post(kept.action, data=kept.fields, headers=OURS)
    assert again.status_code == 303
    assert (await programme.facts_of(referral)).count("declined") == 1
