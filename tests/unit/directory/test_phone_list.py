"""The list on a shelter's wall: the emergency number first, then who answers there, and no number that is not known."""

import re
from pathlib import Path

import pytest

from services.directory.loading import load_directory
from services.directory.phones import BLANK, advice, hours_in_words, numbers_in, page, phone_list, plain

DIRECTORY = load_directory()
NUMBERS = {"UNICEF-TAB": ["+52 000 000 0001"], "OIM-CHP": ["+52 000 000 0002"]}


def test_the_emergency_number_is_above_every_desk() -> None:
    for text in (plain(phone_list(DIRECTORY, {}, "ALB-TEN-01")), page(phone_list(DIRECTORY, {}, "ALB-TEN-01"))):
        assert text.index("EMERGENCIA: 911") < text.index("OIM")
        assert all(sentence in text for sentence in advice())


def test_a_shelter_sees_its_own_states_desks_and_those_of_every_hour() -> None:
    sheet = phone_list(DIRECTORY, NUMBERS, "ALB-TEN-01")
    who = [line.who for line in sheet.lines]
    assert "UNICEF (UNICEF-TAB)" in who
    assert "PEAS (PEAS-24H)" in who
    assert not [one for one in who if "-CHP" in one or "-OAX" in one]
    text = plain(sheet)
    assert "+52 000 000 0001" in text
    assert "+52 000 000 0002" not in text
    assert text.count(BLANK) == len(sheet.lines) - 1


def test_without_contacts_there_is_no_number_but_that_of_emergencies() -> None:
    text = plain(phone_list(DIRECTORY, {}))
    assert set(re.findall(r"\d{3,}", re.sub(r"\d\d:\d\d", "", text))) == {DIRECTORY.emergency}
    assert len(phone_list(DIRECTORY, {}).lines) == len(DIRECTORY.duty_desks)


def test_it_fits_the_paper_and_the_page_asks_for_nothing_from_anywhere() -> None:
    sheet = phone_list(DIRECTORY, NUMBERS, "ALB-TAP-01")
    lines = plain(sheet).splitlines()
    assert len(lines) <= 66
    assert max(map(len, lines)) <= 90
    html = page(sheet)
    assert "size: A4" in html
    assert '<html lang="es">' in html
    assert not re.search(r"(src|href)=|url\(|<script", html)


def test_what_a_contacts_file_says_cannot_become_part_of_the_page() -> None:
    assert "<script" not in page(phone_list(DIRECTORY, {"OIM-CHP": ["<script>x</script>"]}, "ALB-TAP-01"))


@pytest.mark.parametrize(
    ("desk", "hours"),
    [
        ("OIM-24H", "las 24 horas"),
        ("OIM-CHP", "lun-vie 08:00-20:00; sáb 09:00-14:00 (no en días de descanso)"),
        ("UNICEF-OAX", "lun-dom 08:00-20:00"),
    ],
)
def test_hours_are_said_as_people_read_them(desk: str, hours: str) -> None:
    assert hours_in_words(DIRECTORY, desk) == hours


def test_only_telephones_of_desks_are_read_from_the_contacts(tmp_path: Path) -> None:
    contacts = tmp_path / "contacts.yaml"
    contacts.write_text("OIM: {email: [a@example.org]}\nOIM-CHP: {phone: ['1234', 5678]}\n", encoding="utf-8")
    assert numbers_in(contacts) == {"OIM-CHP": ["1234", "5678"]}
    contacts.write_text("- CANARIO\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no contacts file") as refused:
        numbers_in(contacts)
    assert "CANARIO" not in str(refused.value)
