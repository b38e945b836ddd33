"""A shelter's alert leads to its case's page, and no page of the shelter's work tells of a report about its staff."""

from tests.support.people.page_reading import headers, looked_at, words_of
from tests.support.people.people import Programme, an_adult, consent_to, taken
from tests.support.system.system import eventually

PAGES = (
    *("/albergue/trabajo", "/albergue/trabajo/rechazos", "/albergue/trabajo/parecidos", "/albergue/trabajo/llegada"),
    *("/mesa/tareas", "/mesa/tareas?terminadas=true", "/mesa/accesos", "/mesa/cupo", "/coordinacion/cupo", "/avisos"),
)


async def test_an_agencys_answer_leads_to_the_case_that_it_is_about(own_programme: Programme) -> None:
    programme = own_programme  # the list begins with what has waited longest
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    await taken(await programme.desk("ACNUR"), referral, "decline", reason="no_capacity")
    path = f"/albergue/casos/{case}"

    async def told() -> bool:
        return f'href="{path}"' in await looked_at(programme.shelter, "/avisos")

    assert await eventually(told)
    assert (await programme.shelter.get(path, headers=headers())).status_code == 200
    seen = words_of(await looked_at(programme.shelter, "/avisos"))
    assert "alguien del albergue" in seen
    assert "cuando la mesa da el paso" not in seen


async def test_a_report_about_staff_is_on_no_page_of_the_shelters_work(programme: Programme) -> None:
    harm = [{"kind": "assault", "when": "72h", "perpetrator": "shelter_or_aid_worker"}]
    case = await programme.flag(an_adult(consent_to("ACNUR"), consent_to("PEAS"), harm_events=harm))
    report = await programme.referral_to("PEAS", case, state="requested")
    await taken(await programme.desk("PEAS"), report, "decline", reason="no_capacity")
    await programme.has_caught_up(case)
    for path in PAGES:
        page = await looked_at(programme.shelter, path)
        assert "PEAS" not in page, path
        assert report["referral_id"] not in page, path
    assert (
        await programme.shelter.get(f"/mesa/canalizaciones/{report['referral_id']}", headers=headers())
    ).status_code == 404
