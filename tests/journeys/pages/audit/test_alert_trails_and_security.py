"""Each alert's trail says channel, attempt, result and answer; the list of security acts is filtered and paged."""

from uuid import uuid4

import httpx2

from events.vocabulary import Role
from tests.journeys.pages.audit.reading import recorded, shown, text_of
from tests.support.people.people import SHELTER, Programme, an_adult, consent_to, taken
from tests.support.system.system import System, eventually

SECURITY = "/auditoria/seguridad"


async def test_the_trail_of_an_alert_ends_with_who_answered(programme: Programme, auditor: httpx2.AsyncClient) -> None:
    case = await programme.flag(an_adult(consent_to("ACNUR")))
    referral = await programme.referral_to("ACNUR", case, state="requested")
    await taken(await programme.desk("ACNUR"), referral, "acknowledge")
    await programme.has_caught_up(case)
    await recorded(programme, case, "notifications.alert_answered")
    text = text_of(await shown(auditor, f"/auditoria/avisos/{referral['referral_id']}"))
    assert "se avisa" in text
    assert "respondido" in text
    assert "Cesaron los avisos a ACNUR: ya hubo respuesta o ya no hacían falta." in text
    assert "ninguna dirección se muestra" in text
    assert (await auditor.get(f"/auditoria/avisos/{uuid4()}")).status_code == 404


async def test_security_acts_are_filtered_by_whom_and_paged(system: System, auditor: httpx2.AsyncClient) -> None:
    person = await system.person(Role.OFFICER, "ACNUR", "a quien se mira")
    await system.signed_in(Role.OFFICER, "ACNUR", "a quien se mira")

    async def seen() -> str:
        text = text_of(await shown(auditor, SECURITY, quien=person))
        return text if person in text else ""

    text = await eventually(seen)
    assert "Se creó la cuenta" in text
    assert "Nada de eso se ha registrado." in text_of(await shown(auditor, SECURITY, quien="p-999999"))
    assert "Nada de eso se ha registrado." in text_of(await shown(auditor, SECURITY, hasta="2001-01-01T00:00"))
    wrong = await auditor.get(SECURITY, params={"sigue": "CANARIO"})
    assert wrong.status_code == 422
    for nobody in ("\x00", "CANARIO Pérez"):
        refused = await auditor.get(SECURITY, params={"quien": nobody})
        assert refused.status_code == 422
        assert 'value="CANARIO' not in refused.text
    plain = await system.signed_in(Role.AUDITOR, "*")
    assert (await plain.get("/api/v1/audit/security", params={"who": "\x00"})).status_code == 422


async def test_the_coordination_sees_security_acts_and_no_case(system: System) -> None:
    coordinator = await system.signed_in(Role.PROGRAMME_COORDINATOR, "*")
    html = {"Accept": "text/html"}
    page = await coordinator.get(SECURITY, headers=html)
    assert page.status_code == 200
    assert 'href="/auditoria"' not in page.text
    for role, org in ((Role.OFFICER, "ACNUR"), (Role.SHELTER_WORKER, SHELTER)):
        client = await system.signed_in(role, org)
        assert (await client.get(SECURITY, headers=html)).status_code == 403
