"""What did the agency know that night: an auditor sees it for any moment, before and after every turn of a story."""

from datetime import datetime, timedelta
from uuid import uuid4

import httpx2

from events.vocabulary import Role
from tests.journeys.pages.audit.reading import recorded, section, shown, text_of
from tests.support.builders.slips import NEXT_SHELTER, arrives, slip_of
from tests.support.people.people import Item, Programme, an_adult, consent_to, taken

WHY = "CANARIO: la persona está inconsciente y su agresor la busca."
BEFORE = timedelta(microseconds=1)


def knowledge(case: str) -> str:
    return f"/auditoria/casos/{case}/quien-supo"


async def as_of(auditor: httpx2.AsyncClient, case: str, moment: str, *, before: bool = False) -> str:
    """The page as of a moment, or as of right before it."""
    at = datetime.fromisoformat(moment) - (BEFORE if before else timedelta(0))
    return await shown(auditor, knowledge(case), hasta=at.isoformat())


async def consent_later(programme: Programme) -> tuple[str, Item, str]:
    """A case that the person let ACNUR know of only later, and took back: the case, the referral, the receipt."""
    case = await programme.flag(an_adult())
    await programme.referral_to("ACNUR", case, state="blocked_consent")
    given = await programme.consent(case, consent_to("ACNUR", fields=["age_band", "needs"]))
    assert given.status_code in {200, 201}, given.text
    return case, await programme.referral_to("ACNUR", case, state="requested"), given.json()["receipt"]


async def test_before_the_consent_an_agency_knew_nothing_and_after_it_what_the_person_allowed(
    programme: Programme, auditor: httpx2.AsyncClient
) -> None:
    case, referral, _ = await consent_later(programme)
    acnur = await programme.desk("ACNUR")
    sent = await recorded(programme, case, "referral.requested")
    before = section(await as_of(auditor, case, sent["recorded_at"], before=True), "ACNUR")
    assert "No sabía nada" in before
    assert "No se le había enviado" in before
    assert "Nadie lo había leído." in before
    after = section(await as_of(auditor, case, sent["recorded_at"]), "ACNUR")
    assert "Podía leer" in after
    assert "nadie lo leyó" in after
    assert "con consentimiento" in after
    assert "temor de regresar" in after, "the reasons are told by their names"
    assert "edad y necesidades" in after, "so is what the person allowed"
    assert (await acnur.get(f"/api/v1/referrals/{referral['referral_id']}/disclosure")).status_code == 200
    read = await recorded(programme, case, "referral.disclosure_read")
    page = section(await as_of(auditor, case, read["recorded_at"]), "ACNUR")
    who = await programme.system.person(Role.OFFICER, "ACNUR")
    assert f"{who}, oficial, ACNUR para decidir" in page
    assert "leído 1 vez" in page


async def test_what_was_taken_back_could_be_read_until_that_very_moment(
    programme: Programme, auditor: httpx2.AsyncClient
) -> None:
    case, _, receipt = await consent_later(programme)
    assert (await programme.withdraw(case, receipt)).status_code == 200
    await programme.referral_to("ACNUR", case, state="withdrawn")
    taken_back = await recorded(programme, case, "intake.consent_withdrawn")
    assert "Podía leer" in section(await as_of(auditor, case, taken_back["recorded_at"], before=True), "ACNUR")
    page = section(await as_of(auditor, case, taken_back["recorded_at"]), "ACNUR")
    assert "Ya no podía leer" in page
    assert "la persona retiró su consentimiento" in page
    assert "nadie lo leyó" in page


async def test_an_exceptional_access_is_told_apart_with_its_ground_and_its_end(
    programme: Programme, auditor: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    unfpa = await programme.system.signed_in(Role.OFFICER, "UNFPA", "p-033")
    body = {"command_id": str(uuid4()), "basis": "imminent_danger_to_life", "justification": WHY}
    opened = await unfpa.post(f"/api/v1/referrals/{referral['referral_id']}/break-glass", json=body)
    assert opened.status_code == 201, opened.text
    access = opened.json()["access_id"]
    assert (await unfpa.get(f"/api/v1/break-glass/{access}/disclosure")).status_code == 200
    fact = await recorded(programme, case, "referral.break_glass_opened")
    before = await as_of(auditor, case, fact["recorded_at"], before=True)
    assert "UNFPA" not in text_of(before)
    page = await shown(auditor, knowledge(case))
    told = section(page, "UNFPA")
    assert "acceso excepcional: peligro de muerte" in told
    assert "p-033, oficial, UNFPA por acceso excepcional" in told
    assert "CANARIO" not in page
    until = datetime.fromisoformat(fact["data"]["until"])
    over = section(await shown(auditor, knowledge(case), hasta=until.isoformat()), "UNFPA")
    assert "se acabó su tiempo" in over
    assert "p-033" in text_of(await shown(auditor, f"/auditoria/casos/{case}/lecturas"))


async def test_the_next_shelter_knows_from_the_handover_on_and_the_earlier_one_no_more(
    programme: Programme, auditor: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    slip = await slip_of(programme.shelter, case)
    following = await programme.system.signed_in(Role.SHELTER_WORKER, NEXT_SHELTER)
    assert (await arrives(following, slip)).status_code == 201
    fact = await recorded(programme, case, "intake.handed_over")
    before = await as_of(auditor, case, fact["recorded_at"], before=True)
    assert NEXT_SHELTER not in text_of(before)
    page = await as_of(auditor, case, fact["recorded_at"])
    assert "Ya no podía leer" in section(page, fact["data"]["from_shelter"])
    assert "la persona está en otro albergue" in section(page, fact["data"]["from_shelter"])
    assert "Podía leer" in section(page, NEXT_SHELTER)


async def test_the_answer_that_ended_an_alert_is_with_the_agency_that_gave_it(
    programme: Programme, auditor: httpx2.AsyncClient
) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    await taken(await programme.desk("ACNUR"), referral, "acknowledge")
    await programme.has_caught_up(case)
    raised = await recorded(programme, case, "notifications.alert_raised", about="referral")
    answered = await recorded(programme, case, "notifications.alert_answered")
    told = section(await as_of(auditor, case, raised["recorded_at"]), "ACNUR")
    assert f"Aviso de una canalización, código {raised['data']['code']}" in told
    assert "sin respuesta" in told
    assert "Respondido:" in section(await as_of(auditor, case, answered["recorded_at"]), "ACNUR")
