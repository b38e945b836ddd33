"""One's own channels: no address in full, a test by each, and quiet hours that are one's own."""

from datetime import timedelta
from uuid import uuid4

from events.notifications import AlertDelivered, AlertNotDelivered, ChannelTested, ContactsChanged
from events.vocabulary import Role
from services.notifications.channel_tests.domain import MAX_TESTS, TESTS_WITHIN
from tests.journeys.pages.alerts.forms import browser_of, forms, shown, text_of
from tests.support.fakes.gateway import Gateway
from tests.support.fakes.mailbox import Mailbox
from tests.support.people.alerts import Clock, facts, some
from tests.support.system.system import System, eventually

PATH = "/avisos/canales"
QUIET, TEST = f"{PATH}/descanso", f"{PATH}/prueba"


async def test_a_person_sees_their_channels_in_order_and_no_address(system: System) -> None:
    page = await shown(await browser_of(system, Role.OFFICER, "ACNUR", "p-013"), PATH)
    text = text_of(page)
    assert "correo: p•••@canaliza.invalid" in text
    assert "SMS: ••• 13" in text
    assert "p013@" not in page
    assert "+525500000013" not in page
    assert "De 22:00 a 07:00" in text
    assert "Le llegan los avisos de: ACNUR" in text
    nobody = await browser_of(system, Role.OFFICER, "ACNUR", "p-998")
    assert "No hay ningún canal a su nombre" in text_of(await shown(nobody, PATH))


async def test_a_test_comes_by_the_very_channel_once_also_in_quiet_hours(
    system: System, gateway: Gateway, mailbox: Mailbox, clock: Clock
) -> None:
    clock.now += timedelta(hours=11)  # 23:00
    hers = await browser_of(system, Role.OFFICER, "ACNUR", "p-013")
    page = await shown(hers, PATH)
    assert "ahora, hasta las 07:00" in text_of(page)
    (sms,) = [form for form in forms(page, TEST) if form["canal"] == "sms"]
    for _ in range(2):
        answer = await hers.post(TEST, data=sms)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?hecho=channel_test_sent")
    await some(system, AlertDelivered)
    (sent,) = gateway.to("+525500000013")
    assert sent.said["message"].startswith("Prueba de avisos de canaliza")
    assert mailbox.to("p013@canaliza.invalid") == []
    assert len(await facts(system, ChannelTested)) == 1
    text = text_of(await shown(hers, PATH))
    assert "SMS ✓ salió" in text.partition("Últimas pruebas")[2]


async def test_a_test_that_fails_says_so_and_is_not_sent_by_another_channel(
    system: System, gateway: Gateway, mailbox: Mailbox
) -> None:
    gateway.status = 500
    hers = await browser_of(system, Role.OFFICER, "ACNUR", "p-013")
    (sms,) = [form for form in forms(await shown(hers, PATH), TEST) if form["canal"] == "sms"]
    assert (await hers.post(TEST, data=sms)).status_code == 303
    (failed,) = await some(system, AlertNotDelivered)
    assert failed.event.retry_at is None

    async def said() -> bool:
        return "SMS ▲ no salió" in text_of(await shown(hers, PATH))

    await eventually(said)
    assert mailbox.to("p013@canaliza.invalid") == []
    gateway.status = 200
    (again,) = [form for form in forms(await shown(hers, PATH), TEST) if form["canal"] == "sms"]
    assert (await hers.post(TEST, data=again)).status_code == 303
    await some(system, AlertDelivered)


async def test_nobody_tests_without_end_nor_a_channel_that_is_not_theirs(system: System, clock: Clock) -> None:
    hers = await browser_of(system, Role.OFFICER, "ACNUR", "p-014")
    for channel in ("email", "signal", "", "CANARIO"):
        refused = await hers.post(TEST, data={"orden": str(uuid4()), "canal": channel})
        assert refused.status_code == 409
        assert "No tiene ese canal" in text_of(refused.text)
    for number in range(MAX_TESTS + 1):
        answer = await hers.post(TEST, data={"orden": str(uuid4()), "canal": "sms"})
        assert answer.status_code == (303 if number < MAX_TESTS else 429)
    assert "Ya hizo todas las pruebas de una hora" in text_of(answer.text)
    clock.now += TESTS_WITHIN
    assert (await hers.post(TEST, data={"orden": str(uuid4()), "canal": "sms"})).status_code == 303


async def test_quiet_hours_are_the_persons_own_and_an_import_leaves_them(system: System) -> None:
    hers = await browser_of(system, Role.OFFICER, "ACNUR", "p-013")
    form = next(form for form in forms(await shown(hers, PATH), QUIET) if "zona" not in form)
    chosen = {"desde": "23:30", "hasta": "05:15", "zona": "America/Tijuana"}
    for _ in range(2):
        answer = await hers.post(QUIET, data=form | chosen)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?hecho=quiet_hours_set")
    other = await hers.post(QUIET, data=form | chosen | {"hasta": "06:00"})
    assert other.status_code == 409, "the same order with other content"
    (changed,) = await facts(system, ContactsChanged)
    assert (changed.event.change, changed.event.contacts) == ("quiet_hours", ("p-013",))
    assert "De 23:30 a 05:15, hora de America/Tijuana" in text_of(await shown(hers, PATH))
    administrator = await system.signed_in(Role.ADMINISTRATOR, "*")
    contacts = {"people": {"p-013": {"ways": [{"sms": "+525500000099"}], "quiet": "01:00-02:00"}}}
    order = {"command_id": str(uuid4()), "contacts": contacts}
    assert (await administrator.put("/api/v1/contacts", json=order)).status_code == 200
    text = text_of(await shown(hers, PATH))
    assert "SMS: ••• 99" in text
    assert "De 23:30 a 05:15, hora de America/Tijuana" in text
    clear = next(form for form in forms(await shown(hers, PATH), QUIET) if "zona" in form)
    assert (await hers.post(QUIET, data=clear)).status_code == 303
    assert "No tiene: todo aviso le llega a cualquier hora." in text_of(await shown(hers, PATH))


async def test_hours_that_are_none_are_refused_and_kept_in_the_form(system: System) -> None:
    hers = await browser_of(system, Role.OFFICER, "ACNUR", "p-013")
    form = next(form for form in forms(await shown(hers, PATH), QUIET) if "zona" not in form)
    for chosen, said in (
        ({"desde": "22:00", "hasta": "22:00", "zona": "UTC"}, "no pueden ser la misma"),
        ({"desde": "25:00", "hasta": "07:00", "zona": "UTC"}, "no pueden ser la misma"),
        ({"desde": "", "hasta": "07:00", "zona": "UTC"}, "no pueden ser la misma"),
        ({"desde": "22:00", "hasta": "07:00", "zona": "../CANARIO"}, "elija una de las respuestas"),
    ):
        refused = await hers.post(QUIET, data=form | chosen)
        assert refused.status_code == 422
        assert said in text_of(refused.text)
        assert f'value="{chosen["hasta"]}"' in refused.text
    assert not await facts(system, ContactsChanged)
    assert "De 22:00 a 07:00" in text_of(await shown(hers, PATH))
