"""At the shelter the person is read who was told of them: never who investigates the shelter, a category or a name."""

from events.vocabulary import RESTRICTED_CATEGORIES, Role
from services.chassis.locales import SPANISH, catalogue
from tests.journeys.readings.conftest import Watched
from tests.support.people.case_pages import case_page
from tests.support.people.page_forms import form_to
from tests.support.people.page_reading import headers, words_of
from tests.support.people.people import SHELTER, an_adult, consent_to

WORDS = catalogue("services.intake")(SPANISH)


def of_the_part(page: str) -> str:
    begin = page.index('aria-labelledby="quien-ha-visto"')
    end = min(page.index(f'aria-labelledby="{name}"') for name in ("otros", "historia") if f'"{name}"' in page)
    return words_of(f"<section {page[begin:end]}>")


async def test_it_says_who_was_told_and_who_read_and_nothing_that_endangers(watched: Watched) -> None:
    programme = watched.programme
    desk = await programme.system.signed_in(Role.OFFICER, "UNFPA", "t-1")
    of_peas = await programme.system.signed_in(Role.OFFICER, "PEAS", "t-2")
    for client, referral in ((desk, watched.unfpa), (of_peas, watched.peas)):
        answer = await client.get(f"/api/v1/referrals/{referral['referral_id']}/disclosure")
        assert answer.status_code == 200, answer.text
    await programme.told(watched.case, watched.unfpa, "requested")
    part = of_the_part(await case_page(programme.shelter, watched.case))
    assert "UNFPA" in part
    assert "ACNUR" in part
    assert "Para decidir" in part
    assert "Todavía no ha abierto los datos." in part
    assert "PEAS" not in part
    person = await programme.system.person(Role.OFFICER, "UNFPA", "t-1")
    assert person not in part
    for category in RESTRICTED_CATEGORIES:
        assert WORDS(f"category.{category}") not in part.lower()


async def test_with_a_report_about_the_staff_it_is_word_for_word_as_without(watched: Watched) -> None:
    programme = watched.programme
    of_peas = await programme.system.signed_in(Role.OFFICER, "PEAS", "t-3")
    await of_peas.get(f"/api/v1/referrals/{watched.peas['referral_id']}/disclosure")
    await of_peas.get("/api/v1/referrals")
    plain = await programme.flag(
        an_adult(consent_to("UNFPA"), consent_to("ACNUR"), harm_events=[{"kind": "sexual_violence", "when": "30d"}])
    )
    for agency in ("UNFPA", "ACNUR"):
        referral = await programme.referral_to(agency, plain, state="requested")
        await programme.told(plain, referral, "requested")
    parts = [of_the_part(await case_page(programme.shelter, case)) for case in (watched.case, plain)]
    assert parts[0] == parts[1]


async def test_that_it_was_read_is_recorded_with_who_and_is_in_the_cases_history(watched: Watched) -> None:
    programme = watched.programme
    await programme.told(watched.case, watched.unfpa, "requested")
    form = form_to(await case_page(programme.shelter, watched.case), "/quien-ha-visto")
    for _ in range(2):
        assert (await form.sent_by(programme.shelter)).status_code == 303, "a double tap is one act"
    (told,) = await watched.records("intake", "intake.person_told_who_knew")
    assert set(told["organisations"]) == {SHELTER, "UNFPA", "ACNUR"}
    page = words_of(await case_page(programme.shelter, watched.case))
    assert "Se le leyó a la persona quién ha visto sus datos." in page
    other = await programme.system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01", "t-4")
    form.fields["quien"] = await programme.system.person(Role.SHELTER_WORKER, "ALB-TAP-01", "t-4")
    answer = await form.sent_by(other, orden="11111111-1111-4111-8111-111111111111")
    assert answer.status_code == 404
    seen = await programme.coordinator.get(f"/albergue/casos/{watched.case}", headers=headers())
    assert 'id="quien-ha-visto"' not in seen.text, "the coordination knows of the report, and reads it to nobody"
