"""The auditor's page of a case: found by what is in hand, told in one language, up to a moment, nothing opened."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import httpx2
import pytest

from events.vocabulary import Role
from services.audit.pages import case_history
from services.chassis.ids import short_code
from tests.journeys.pages.audit.reading import recorded, shown, text_of
from tests.support.people.accounts import OURS
from tests.support.people.people import SHELTER, Programme, an_adult, consent_to
from tests.support.system.system import System


def history(case: str) -> str:
    return f"/auditoria/casos/{case}"


async def found(auditor: httpx2.AsyncClient, text: str) -> httpx2.Response:
    return await auditor.post("/auditoria", data={"busca": text}, headers=OURS)


async def test_a_case_is_found_by_receipt_number_or_code_and_what_was_typed_is_in_no_address(
    programme: Programme, auditor: httpx2.AsyncClient
) -> None:
    document = an_adult(consent_to("ACNUR"))
    sent = (await programme.shelter.post("/api/v1/submissions", json=document)).json()
    case = sent["case_id"]
    referral = await programme.referral_to("ACNUR", case, state="requested")
    await programme.system.audited()
    code = short_code(UUID(referral["referral_id"]))
    for text in (
        case,
        case.upper(),
        sent["receipt"],
        sent["receipt"].lower().replace("-", " "),
        referral["referral_id"],
    ):
        answer = await found(auditor, text)
        assert (answer.status_code, answer.headers["location"]) == (303, history(case)), text
    by_code = await found(auditor, code.lower())
    assert by_code.headers.get("location", "") == history(case) or history(case) in by_code.text
    for text, status, said in (
        ("CANARIO Pérez", 422, "un caso se busca por uno de los tres"),
        ("", 422, "un caso se busca por uno de los tres"),
        ("2222-2222", 404, "Ningún caso tiene"),
        (str(uuid4()), 404, "Ningún caso tiene"),
    ):
        refused = await found(auditor, text)
        assert refused.status_code == status
        assert said in text_of(refused.text)
    assert 'value="CANARIO Pérez"' in (await found(auditor, "CANARIO Pérez")).text, "what was typed is kept"


async def test_each_fact_is_a_sentence_in_the_readers_language_with_who_and_both_clocks(
    programme: Programme, auditor: httpx2.AsyncClient
) -> None:
    document = an_adult(consent_to("ACNUR")) | {"device": {"id": "tel-07", "sequence": 12}}
    case = await programme.flag(document)
    await recorded(programme, case, "referral.requested")
    page = await shown(auditor, history(case))
    text = text_of(page)
    assert "Se envió la canalización a la mesa de guardia de ACNUR" in text
    assert "temor de regresar" in text
    assert "ASILO" not in text, "a category is told by its name"
    assert f"personal del albergue, {SHELTER}" in text
    assert "dispositivo tel-07 (su registro 12)" in text
    assert "Hora del dispositivo: 12/06/2013 08:34:00 -05:00" in text
    assert "en un envío atrasado" in text
    assert "Con datos sellados" in text
    english = text_of((await auditor.get(history(case), headers={"Cookie": "idioma=en"})).text)
    assert "Se envió" not in english


async def test_up_to_a_moment_the_page_shows_what_had_been_recorded_and_says_how_much_came_later(
    programme: Programme, auditor: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    sent = await recorded(programme, case, "referral.requested")
    at = datetime.fromisoformat(sent["recorded_at"])
    here = await shown(auditor, history(case), hasta=sent["recorded_at"])
    before = await shown(auditor, history(case), hasta=(at - timedelta(microseconds=1)).isoformat())
    assert "Se envió la canalización" in text_of(here)
    assert "Se envió la canalización" not in text_of(before)
    assert "Después se regist" in text_of(before)
    nothing = await shown(auditor, history(case), hasta="2001-01-01T00:00")
    assert "Nada se había registrado entonces." in text_of(nothing)
    wrong = await auditor.get(history(case), params={"hasta": "ayer"})
    assert wrong.status_code == 422
    assert "no es una fecha y hora" in text_of(wrong.text)
    assert "Se envió la canalización" in text_of(wrong.text), "the page is shown all the same, as of now"
    for odd in ("0001-01-01T00:00", "9999-12-31T23:59:59", "2013-06-12T10:00:00+99:00", "\x00", "²"):
        assert (await auditor.get(history(case), params={"hasta": odd})).status_code in {200, 422}


async def test_what_was_erased_is_named_so_with_its_day_and_ground(
    programme: Programme, auditor: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    await programme.referral_to("ACNUR", case, state="requested")
    operator = await programme.system.signed_in(Role.ADMINISTRATOR, "*")
    body = {"command_id": str(uuid4()), "basis": "person_request"}
    assert (await operator.post(f"/api/v1/cases/{case}/erasure", json=body)).status_code in {200, 201}
    erased = await recorded(programme, case, "intake.person_erased")
    text = text_of(await shown(auditor, history(case)))
    assert "Dato suprimido (hoy, " in text
    assert "Con datos sellados" not in text
    then = datetime.fromisoformat(erased["recorded_at"]) - timedelta(microseconds=1)
    assert "Con datos sellados" in text_of(await shown(auditor, history(case), hasta=then.isoformat()))


async def test_a_long_history_comes_in_pages_and_whole_to_be_printed(
    programme: Programme, auditor: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    number = len(await programme.history(case))
    monkeypatch.setattr(case_history, "PAGE_SIZE", 2)
    first = await shown(auditor, history(case))
    assert first.count('aria-label="Hasta aquí') == 2
    assert "pagina=2" in first
    second = await shown(auditor, history(case), pagina="2")
    assert '<ol class="timeline" start="3">' in second
    whole = await shown(auditor, history(case), todo="si")
    assert whole.count('aria-label="Hasta aquí') >= number
    past = await auditor.get(history(case), params={"pagina": "100000"})
    assert past.status_code == 200


async def test_nobody_but_an_auditor_reads_a_history_and_an_unknown_case_is_not_there(
    programme: Programme, system: System, auditor: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    paths = (history(case), f"{history(case)}/quien-supo", f"{history(case)}/lecturas", "/auditoria")
    for role, org in ((Role.OFFICER, "ACNUR"), (Role.SHELTER_WORKER, SHELTER), (Role.PROGRAMME_COORDINATOR, "*")):
        client = await system.signed_in(role, org)
        for path in paths:
            assert (await client.get(path, headers={"Accept": "text/html"})).status_code == 403
    for path in paths[:3]:
        assert (await auditor.get(path.replace(case, str(uuid4())))).status_code == 404
