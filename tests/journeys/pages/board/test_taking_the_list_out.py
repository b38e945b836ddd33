"""A desk takes its list out as a file: recorded first, without sealed content, and harmless in a spreadsheet."""

import csv
import io
import re
from typing import Any

import httpx2
import pytest

from events.vocabulary import Role
from services.referral.pages.export_table import COLUMNS, harmless
from tests.support.people.accounts import OURS
from tests.support.people.people import SHELTER, Item, Programme, an_adult, consent_to, taken

HTML = {"Accept": "text/html"} | OURS
WHOLE = {"que": "todas", "para": "report", "separador": "coma"}


@pytest.fixture
def programme(own_programme: Programme) -> Programme:
    """Its rows are counted."""
    return own_programme


async def taken_out(client: httpx2.AsyncClient, **fields: str) -> httpx2.Response:
    return await client.post("/mesa/exportar", data=WHOLE | fields, headers=HTML)


def rows(answer: httpx2.Response, separator: str = ",") -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf"), "without it Excel takes UTF-8 for another alphabet"
    written = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(written, newline=""), delimiter=separator))


async def flagged(programme: Programme, agency: str = "ACNUR", **answers: Any) -> Item:
    case = await programme.flag(an_adult(consent_to(agency), **answers))
    return await programme.referral_to(agency, case, state="requested")


async def recorded(programme: Programme) -> list[Item]:
    auditor = await programme.system.signed_in(Role.AUDITOR, "*")
    await programme.system.audited()
    entries: list[Item] = (await auditor.get("/api/v1/audit/security")).json()["items"]
    return [one for one in entries if one["name"] == "referral.referrals_exported"]


async def test_the_file_has_every_row_of_ones_own_agency_in_words_and_codes(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR")
    over = await taken(acnur, await taken(acnur, await flagged(programme), "accept"), "fail", outcome="no_show")
    open_ = await flagged(programme)
    await flagged(programme, "OIM")
    answer = await taken_out(acnur)
    assert re.fullmatch(
        r'attachment; filename="canaliza-mesa-\d{4}-\d\d-\d\d\.csv"', answer.headers["content-disposition"]
    )
    found = rows(answer)
    assert [one["Código"] for one in found] == [over["code"], open_["code"]]
    assert [one["Estado"] for one in found] == ["no se pudo atender", "enviada"]
    assert [one["Estado (código)"] for one in found] == ["failed", "requested"]
    assert len(found[0]) == len(COLUMNS)
    assert [one["Código"] for one in rows(await taken_out(acnur, que="esta"))] == [open_["code"]]
    assert [one["Código"] for one in rows(await taken_out(acnur, separador="punto"), ";")] == [
        over["code"],
        open_["code"],
    ]


async def test_it_is_recorded_who_took_what_for_what_and_an_auditor_reads_it_in_words(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR", Role.SUPERVISOR)
    await flagged(programme)
    rows(await taken_out(acnur, que="esta", estado="requested"))
    (entry,) = await recorded(programme)
    assert entry["actor"].startswith("supervisor:ACNUR:p-")
    assert "1 de sus canalizaciones (abiertas), para un informe con cifras" in str(entry)
    assert "Solo: enviada." in str(entry)
    rows(await taken_out(acnur))
    assert len(await recorded(programme)) == 2, "every file that leaves is told"


async def test_a_code_that_is_recorded_nowhere_does_not_widen_the_list_that_is(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR")
    ended = await taken(acnur, await taken(acnur, await flagged(programme), "accept"), "fail", outcome="no_show")
    open_ = await flagged(programme)
    found = rows(await taken_out(acnur, que="esta", codigo=ended["code"]))
    assert [one["Código"] for one in found] == [open_["code"]]
    (entry,) = await recorded(programme)
    assert "1 de sus canalizaciones (abiertas)" in str(entry)


async def test_no_word_of_ones_own_is_recorded_as_a_desk(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR")
    answer = await taken_out(acnur, que="esta", mesa="CANARIO María")
    assert answer.status_code == 422
    assert await recorded(programme) == []


async def test_how_many_reports_about_staff_were_taken_out_is_told_to_nobody_who_does_not_know_of_them(
    programme: Programme,
) -> None:
    peas, acnur = await programme.desk("PEAS"), await programme.desk("ACNUR")
    harm = [{"kind": "threats", "when": "72h", "perpetrator": "shelter_or_aid_worker"}]
    case = await programme.flag(an_adult(consent_to("ACNUR"), harm_events=harm))
    await programme.referral_to("PEAS", case, state="requested")
    rows(await taken_out(peas))
    rows(await taken_out(acnur))
    assert {one["data"]["agency"] for one in await recorded(programme)} == {"PEAS", "ACNUR"}
    administrator = await programme.system.signed_in(Role.ADMINISTRATOR, "*")
    listed = (await administrator.get("/api/v1/audit/security")).json()["items"]
    found = [one["data"]["agency"] for one in listed if one["name"] == "referral.referrals_exported"]
    assert found == ["ACNUR"]
    page = await administrator.get("/auditoria/seguridad", headers=HTML)
    assert (page.status_code, "ACNUR sacó" in page.text, "PEAS sacó" in page.text) == (200, True, False)


async def test_nothing_sealed_and_no_restricted_category_is_in_the_file(programme: Programme) -> None:
    unfpa = await programme.desk("UNFPA")
    case = await programme.flag(
        an_adult(consent_to("UNFPA"), sex="F", harm_events=[{"kind": "sexual_violence", "when": "72h"}])
    )
    referral = await programme.referral_to("UNFPA", case, state="requested")
    accepted = await taken(unfpa, referral, "accept")
    scheduled = await taken(unfpa, accepted, "schedule", appointment_at="2031-06-14T10:17:00-05:00")
    await taken(unfpa, scheduled, "deliver", outcome="partly_delivered")
    answer = await taken_out(unfpa)
    (row,) = rows(answer)
    assert row["Asunto"] == "asunto reservado"
    for hidden in ("VSG", "violencia", "10:17", "partly_delivered", "sexual", '"F"'):
        assert hidden not in answer.text


async def test_without_saying_what_for_nothing_leaves_and_nothing_is_recorded(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR")
    assert (await taken_out(acnur, asunto="VSG", que="esta")).status_code == 422
    for wrong in ({"para": ""}, {"para": "x"}, {"separador": "x"}):
        answer = await taken_out(acnur, **wrong)
        assert answer.status_code == 422, wrong
        assert 'id="fault"' in answer.text
        assert 'id="exportar" open' in answer.text, "the form is where it was"
    assert await recorded(programme) == []


@pytest.mark.parametrize(
    ("role", "org"),
    [(Role.SHELTER_WORKER, SHELTER), (Role.PROGRAMME_COORDINATOR, "*"), (Role.AUDITOR, "*"), (Role.OPERATOR, "*")],
)
async def test_only_a_desk_takes_lists_out(programme: Programme, role: Role, org: str) -> None:
    answer = await taken_out(await programme.system.signed_in(role, org))
    assert answer.status_code == 403


async def test_a_token_of_nobody_takes_nothing_out(programme: Programme) -> None:
    program = await programme.system.nobody_in_particular(Role.OFFICER, "ACNUR")
    assert (await taken_out(program)).status_code == 403


async def test_a_form_from_another_site_takes_nothing_out(programme: Programme) -> None:
    acnur = await programme.desk("ACNUR")
    answer = await acnur.post("/mesa/exportar", data=WHOLE | {"quien": "p-999"}, headers=HTML)
    assert answer.status_code == 409
    assert await recorded(programme) == []


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


def test_a_plain_cell_stays_as_it_is() -> None:
    assert harmless("ALB-TAP-01") == "ALB-TAP-01"
