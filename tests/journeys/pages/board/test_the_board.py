"""Mesa's board answers what a desk has to do now, shows only what is its own, and says every code in words."""

import html
import re
from typing import Any
from uuid import UUID

import httpx2
import pytest

from events.vocabulary import RiskCategory, Role
from services.referral.pages import board_filters
from services.referral.worklist.filters import NOT_SEARCHABLE
from tests.support.people.people import SHELTER, Item, Programme, a_child_alone, an_adult, consent_to, taken

HTML = {"Accept": "text/html"}
UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CODES = re.compile(r"\b(blocked_consent|info_requested|in_service|U[0-3]|VSG|ASILO|DELITO|requested|acknowledged)\b")


@pytest.fixture
def programme(own_programme: Programme) -> Programme:
    """Its numbers are counted."""
    return own_programme


async def board(client: httpx2.AsyncClient, **params: Any) -> str:
    answer = await client.get("/mesa", params=params, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def seen(page: str) -> str:
    """What somebody reads on a page."""
    main = page[page.index("<main") : page.index("</main>")]
    options = re.sub(r"<select.*?</select>", "", main, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", options)).split())


def codes(page: str) -> list[str]:
    """The codes of the rows, in their order."""
    return re.findall(r'<a class="code"[^>]*>([^<]+)</a>', page)


def counted(page: str) -> dict[str, str]:
    """The numbers above the list, by what they count."""
    tiles = re.findall(r"<strong>([\d+]+)</strong>\s*([^<]+?)\s*</a>", page)
    return {what: number for number, what in tiles}


async def flagged(programme: Programme, **answers: Any) -> Item:
    case = await programme.flag(an_adult(consent_to("ACNUR"), **{"planned_departure": "staying", **answers}))
    return await programme.referral_to("ACNUR", case, state="requested")


async def test_what_is_due_first_is_first_with_its_time_and_every_code_in_words(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR")
    slow, urgent = await flagged(programme), await flagged(programme, danger_now="yes")
    page = await board(acnur)
    assert codes(page) == [urgent["code"], slow["code"]]
    said = seen(page)
    assert "¿Qué tengo que responder ahora?" in said
    assert "Acusar recibo a más tardar" in said
    assert "quedan" in said
    assert "temor de regresar" in said
    assert not CODES.search(said), CODES.search(said)
    assert not UUIDS.search(said)
    assert f'href="/mesa/canalizaciones/{urgent["referral_id"]}"' in page


async def test_english_is_complete_and_alone(programme: Programme) -> None:
    await flagged(programme)
    acnur = await programme.desk("ACNUR")
    page = (await acnur.get("/mesa", headers=HTML | {"Accept-Language": "en"})).text
    said = seen(page)
    assert "What do I have to answer now?" in said
    assert "Acknowledge at the latest" in said
    assert "recibo" not in said


async def test_the_numbers_above_the_list_are_of_what_waits(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR")
    first, second, third = [await flagged(programme) for _ in range(3)]
    await taken(acnur, first, "acknowledge")
    accepted = await taken(acnur, second, "accept")
    await taken(acnur, accepted, "schedule", appointment_at="2031-06-13T10:00:00-05:00")
    assert counted(await board(acnur)) == {
        "vencidas": "0",
        "sin acuse de recibo": "1",
        "con cambios sin ver": "0",
        "citas de hoy": "0",
    }
    assert codes(await board(acnur, estado="requested")) == [third["code"]]
    assert codes(await board(acnur, estado="scheduled")) == [second["code"]]
    assert "Cita:" in seen(await board(acnur, estado="scheduled"))


async def test_a_change_that_was_not_seen_is_marked_and_found(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR")
    document = an_adult(consent_to("ACNUR"), planned_departure="staying")
    case = await programme.flag(document)
    referral = await programme.referral_to("ACNUR", case, state="requested")
    await taken(acnur, referral, "acknowledge")
    answers = document["screening"] | {"removal_risk": "yes"}
    assert (await programme.amend(case, document | {"screening": answers})).status_code == 200
    await programme.referral_to("ACNUR", case, urgency="U1")
    page = await board(acnur, ver="cambios")
    assert codes(page) == [referral["code"]]
    assert "subió la urgencia o se agregó algo" in seen(page)
    assert counted(page)["con cambios sin ver"] == "1"


async def test_what_has_ended_leaves_the_list_and_is_found_by_its_code(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR")
    referral = await taken(acnur, await flagged(programme), "accept")
    await taken(acnur, referral, "fail", outcome="no_show")
    assert "No hay nada que responder ahora." in seen(await board(acnur))
    for search in ({"codigo": referral["code"].lower()}, {"ver": "todas"}):
        assert codes(await board(acnur, **search)) == [referral["code"]]
    assert "coincide con esta búsqueda" in seen(await board(acnur, codigo="ZZZZ"))
    assert codes(await board(await programme.desk("UNFPA"), codigo=referral["code"])) == []


async def test_the_list_goes_on_page_by_page_without_showing_anything_twice(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_filters, "PAGE_SIZE", 2)
    acnur, expected = await programme.desk("ACNUR"), [(await flagged(programme))["code"] for _ in range(5)]
    found: list[str] = []
    address: str | None = "/mesa"
    while address is not None:
        page = (await acnur.get(address, headers=HTML)).text
        found += codes(page)
        further = re.search(r'href="([^"]+)" rel="next"', page)
        address = None if further is None else html.unescape(further[1])
    assert sorted(found) == sorted(expected)
    assert len(found) == len(set(found)) == 5


async def test_a_search_that_the_page_does_not_offer_is_refused_in_words(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR")
    for wrong in ({"estado": "x"}, {"ver": "x"}, {"desde": "x"}, {"asunto": "VSG"}):
        answer = await acnur.get("/mesa", params=wrong, headers=HTML)
        assert answer.status_code == 422, wrong
        assert "<main" in answer.text
    offered = (await acnur.get("/mesa", headers=HTML)).text
    for category in RiskCategory:
        assert (f'value="{category}"' in offered) == (category not in NOT_SEARCHABLE)


@pytest.mark.parametrize(
    ("role", "org"),
    [
        (Role.SHELTER_WORKER, SHELTER),
        (Role.SHELTER_COORDINATOR, SHELTER),
        (Role.INTEGRATOR, SHELTER),
        (Role.PROGRAMME_COORDINATOR, "*"),
        (Role.AUDITOR, "*"),
        (Role.ADMINISTRATOR, "*"),
        (Role.OPERATOR, "*"),
    ],
)
async def test_whoever_works_at_no_desk_has_no_board(programme: Programme, role: Role, org: str) -> None:
    client = await programme.system.signed_in(role, org)
    for path in ("/mesa", f"/mesa/filas/{UUID(int=1)}"):
        answer = await client.get(path, headers=HTML)
        assert answer.status_code == 403, path
        assert "<main" in answer.text


async def test_a_desk_sees_its_own_and_nothing_of_another_or_of_what_was_not_sent(programme: Programme) -> None:
    childs = await programme.referral_to("UNICEF", await programme.flag(a_child_alone()), state="requested")
    case = await programme.flag(an_adult(consent_to("ACNUR", "refused")))
    blocked = await programme.referral_to("ACNUR", case)
    acnur = await programme.desk("ACNUR")
    page = await board(acnur, ver="todas")
    assert codes(page) == []
    assert set(counted(page).values()) == {"0"}
    for hidden in (childs, blocked):
        answer = await acnur.get(f"/mesa/filas/{hidden['referral_id']}", headers=HTML)
        assert answer.status_code == 404


async def test_the_desk_for_reports_about_staff_has_the_same_board(programme: Programme) -> None:
    harm = {"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}
    case = await programme.flag(an_adult(harm_events=[harm]))
    referral = await programme.referral_to("PEAS", case, state="requested")
    peas = await programme.desk("PEAS")
    assert codes(await board(peas)) == [referral["code"]]
    assert codes(await board(await programme.desk("ACNUR"), ver="todas")) == []


async def test_a_category_that_the_consent_does_not_cover_is_not_on_the_row(programme: Programme) -> None:
    asked = {**consent_to("OIM"), "purpose": "legal"}
    case = await programme.flag(an_adult(asked, age_band="60+", needs=["health"]))
    await programme.referral_to("OIM", case, state="requested")
    said = seen(await board(await programme.desk("OIM")))
    assert "otro delito" in said
    assert "persona mayor" not in said


async def test_a_row_is_drawn_alone_and_says_whether_the_list_still_has_it(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR")
    referral = await flagged(programme)
    path = f"/mesa/filas/{referral['referral_id']}"

    async def row(**params: str) -> str:
        answer = await acnur.get(path, params=params, headers=HTML)
        assert answer.status_code == 200
        return answer.text

    assert codes(await row()) == [referral["code"]]
    assert 'data-matches="yes"' in await row()
    assert 'data-matches="no"' in await row(estado="scheduled")
    over = await taken(acnur, await taken(acnur, referral, "accept"), "fail", outcome="no_show")
    last = await row()
    assert 'data-matches="no"' in last
    assert f'data-version="{over["version"]}"' in last


async def test_a_paused_referral_says_that_it_cannot_be_read_or_accepted(programme: Programme) -> None:
    """A question has paused the desk's clock: the row shows no time that does not run."""
    acnur = await programme.desk("ACNUR")
    await taken(acnur, await flagged(programme), "request-info", question="¿Dónde duerme?")
    said = seen(await board(acnur))
    assert "Espera la respuesta del albergue" in said
    assert "quedan" not in said
