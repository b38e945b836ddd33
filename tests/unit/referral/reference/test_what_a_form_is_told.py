"""What a form is told to decide by: the rules whole, and of the directory what one shelter may see."""

import json
from datetime import date
from pathlib import Path

import pytest

from events.vocabulary import RiskCategory
from services.directory.bodies import LegalBodies
from services.directory.loading import load_directory
from services.directory.model import Directory
from services.directory.phone_book import PhoneBook
from services.programme.holidays import statutory_holidays
from services.referral.bodies.ports import NoBodies
from services.referral.phones.ports import NoPhones
from services.referral.reference.directory import directory_of
from services.referral.reference.rules import rules_in_force
from services.referral.reference.schemas import DirectoryOfAShelter
from services.referral.routing.policy import load_rules

SHELTER = "ALB-TEN-01"
TODAY = date(2026, 11, 30)
DIRECTORY = load_directory()
NUMBERS = {"UNICEF-TAB": ["+52 000 000 0001"], "OIM-CHP": ["+52 000 000 0002"], "OIM-24H": ["+52 000 000 0003"]}


@pytest.fixture
def shown(tmp_path: Path) -> DirectoryOfAShelter:
    contacts = tmp_path / "contacts.yaml"
    desks = {desk: {"phone": numbers, "email": ["mesa@example.org"]} for desk, numbers in NUMBERS.items()}
    contacts.write_text(json.dumps(desks), encoding="utf-8")
    return directory_of(SHELTER, "es", PhoneBook(DIRECTORY, contacts), LegalBodies(DIRECTORY))


class TestTheDirectory:
    def test_a_shelter_is_told_of_the_desks_of_its_own_state_and_of_every_hour(
        self, shown: DirectoryOfAShelter
    ) -> None:
        assert {desk.desk for desk in shown.desks} >= {"UNICEF-TAB", "OIM-TAB", "OIM-24H", "PNUD-REG"}
        assert [desk.desk for desk in shown.desks if desk.desk.endswith(("-CHP", "-OAX"))] == []
        numbers = {desk.desk: desk.telephones for desk in shown.desks if desk.telephones}
        assert numbers == {"UNICEF-TAB": ["+52 000 000 0001"], "OIM-24H": ["+52 000 000 0003"]}
        assert {desk.name for desk in shown.desks if desk.agency == "UNICEF"} == {
            "Fondo de las Naciones Unidas para la Infancia"
        }

    def test_it_names_no_person_no_other_shelter_and_no_channel_but_telephones(
        self, shown: DirectoryOfAShelter
    ) -> None:
        said = shown.model_dump_json()
        assert "p-0" not in said
        assert "@" not in said
        others = set(DIRECTORY.shelters) - {SHELTER}
        towns = {one.municipality for one in DIRECTORY.shelters.values()}
        assert [one for one in (*others, *towns) if one in said] == []

    def test_for_every_category_it_has_the_bodies_that_the_case_would_show(self, shown: DirectoryOfAShelter) -> None:
        bodies = LegalBodies(DIRECTORY)
        for category in RiskCategory:
            for prosecutors in (True, False):
                found = [
                    body.code
                    for body in shown.bodies
                    if category in body.categories and (prosecutors or not body.prosecutor)
                ]
                assert tuple(found) == bodies.for_categories([category], SHELTER, prosecutors=prosecutors)

    def test_it_says_everything_in_one_language(self) -> None:
        book, bodies = PhoneBook(DIRECTORY), LegalBodies(DIRECTORY)
        spanish, english = (directory_of(SHELTER, language, book, bodies) for language in ("es", "en"))
        for told in ("desks", "bodies", "first_steps"):
            for one, other in zip(getattr(spanish, told), getattr(english, told), strict=True):
                assert one != other

    def test_a_shelter_that_left_the_directory_is_told_of_the_desks_of_every_hour(self) -> None:
        left: Directory = DIRECTORY.model_copy(
            update={"shelters": {code: one for code, one in DIRECTORY.shelters.items() if code != SHELTER}}
        )
        shown = directory_of(SHELTER, "es", PhoneBook(left), LegalBodies(left))
        assert {desk.desk for desk in shown.desks} == {entry.fallback for entry in left.agencies.values()}

    def test_without_a_directory_the_emergency_number_is_left(self) -> None:
        shown = directory_of(SHELTER, "es", NoPhones(), NoBodies())
        assert (shown.emergency, shown.desks, shown.bodies) == ("911", [], [])
        assert {step.number for step in shown.first_steps} == {"911", None}


class TestTheRules:
    def test_they_are_the_policy_whole_with_its_version(self) -> None:
        rules = load_rules()
        told = rules_in_force(rules, TODAY).model_dump(mode="json")
        assert told["version"] == rules.version
        assert told["policy"] == json.loads(json.dumps(rules.data))
        assert set(told["purposes"]["protection"]) == {str(one) for one in RiskCategory}

    def test_every_holiday_that_a_claim_of_these_years_may_need_is_there(self) -> None:
        told = rules_in_force(load_rules(), TODAY).holidays
        assert told.first_year < 2013
        assert told.last_year > TODAY.year + 1
        for year in range(told.first_year, told.last_year + 1):
            assert statutory_holidays(year) == {day for day in told.days if day.year == year}

    def test_they_are_small_enough_for_a_telephone(self) -> None:
        told = rules_in_force(load_rules(), TODAY).model_dump_json().encode()
        assert len(told) < 20_000
