"""What a shelter sent and was refused is read and corrected by the shelter that sent it, and by nobody else."""

import json
from base64 import b64decode
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from events.vocabulary import Role
from services.chassis.operations.rebuild import rebuild
from services.system import MODELS
from tests.support.people.people import SHELTER, Item, Programme, an_adult, consent_to, everything_stored, is_a_problem
from tests.support.people.shelter_work import (
    NAME,
    erased,
    goes_on,
    listed,
    refusals,
    somebody,
    spoilt,
    with_refusal,
)


async def refused(programme: Programme, document: Item, **changes: Any) -> Item:
    """What was kept of a faulty submission."""
    raw = json.dumps({**spoilt(document), **changes}, ensure_ascii=False, indent=1).encode()
    answer = await programme.shelter.post("/api/v1/submissions", content=raw)
    is_a_problem(answer, 422, "invalid_submission")
    return (await refusals(programme.shelter, document["submission_id"]))[0]


async def conflicting(programme: Programme, document: Item) -> Item:
    """What was kept of another content under a submission's id."""
    answer = await programme.shelter.post("/api/v1/submissions", json=document)
    is_a_problem(answer, 409, "submission_conflict")
    return (await refusals(programme.shelter, document["submission_id"]))[0]


class TestWhatIsListed:
    async def test_is_where_the_faults_are_in_words_and_nothing_that_was_sent(self, programme: Programme) -> None:
        document = somebody()
        item = await refused(programme, document, CANARIO="CANARIO")
        assert (item["code"], item["amends"], item["case_id"], item["corrected"]) == (
            "invalid_submission",
            False,
            None,
            None,
        )
        assert {(fault["field"], fault["code"]) for fault in item["faults"]} == {
            ("$", "unknown_field"),
            ("screening.sex", "not_listed"),
            ("screening.needs.0", "not_listed"),
        }
        assert all(fault["es"] and fault["en"] and fault["es"] != fault["en"] for fault in item["faults"])
        assert "CANARIO" not in str(item)

    async def test_says_a_limit_without_the_number_that_was_not_kept(self, programme: Programme) -> None:
        document = somebody()
        document["person"]["name"] = "CANARIO" * 100
        answer = await programme.shelter.post("/api/v1/submissions", json=document)
        (told,) = answer.json()["faults"]
        (item,) = await refusals(programme.shelter, document["submission_id"])
        assert (told["es"], item["faults"][0]["es"]) == ("Es demasiado largo (máximo: 200).", "Es demasiado largo.")

    async def test_over_nats_is_kept_the_same(self, programme: Programme) -> None:
        """As ``tests/journeys/test_refused_submissions.py`` has it: over both ways it is kept once, and listed once."""
        document = somebody()
        for _ in range(2):
            await refused(programme, document)
        assert len(await refusals(programme.shelter, document["submission_id"])) == 1

    async def test_is_hidden_from_everybody_else(self, programme: Programme, next_one: httpx2.AsyncClient) -> None:
        document = somebody()
        item = await refused(programme, document)
        system = programme.system
        assert await refusals(next_one, document["submission_id"]) == []
        for what, says in (("open", {}), ("discard", {}), ("correct", {"submission": document})):
            others = await with_refusal(next_one, item, what, **says)
            unknown = await with_refusal(next_one, {"refusal_id": str(uuid4())}, what, **says)
            assert (others.status_code, others.content) == (404, unknown.content)
            for role, org in ((Role.OFFICER, "OIM"), (Role.PROGRAMME_COORDINATOR, "*"), (Role.AUDITOR, "*")):
                client = await system.signed_in(role, org)
                is_a_problem(await with_refusal(client, item, what, **says), 403, "not_allowed")
        software = await system.signed_in(Role.INTEGRATOR, SHELTER)
        assert len(await refusals(software, document["submission_id"])) == 1
        is_a_problem(await with_refusal(software, item, "open"), 403, "not_allowed")
        assert len(await refusals(programme.shelter, document["submission_id"])) == 1


class TestOpeningIt:
    async def test_hands_back_exactly_what_was_sent_and_is_recorded_every_time(self, programme: Programme) -> None:
        document = somebody()
        item = await refused(programme, document)
        command = str(uuid4())
        for _ in range(2):
            opened = await with_refusal(programme.shelter, item, "open", command_id=command)
            assert opened.status_code == 200, opened.text
            assert (opened.json()["encoding"], json.loads(opened.json()["document"])) == ("utf-8", spoilt(document))
            assert "\n" in opened.json()["document"], "as it was written"
        stored = await everything_stored(programme.system)
        about_it = [state for state in stored.values() if f'"refusal":"{item["refusal_id"]}"'.encode() in state]
        assert len(about_it) == 2
        assert not [place for place, state in stored.items() if b"CANARIO" in state]

    async def test_hands_back_bytes_that_are_no_text(self, programme: Programme) -> None:
        before = {item["refusal_id"] for item in (await programme.shelter.get("/api/v1/refusals")).json()["items"]}
        raw = b"\x00\xff\xfe" + uuid4().bytes
        is_a_problem(await programme.shelter.post("/api/v1/submissions", content=raw), 422, "invalid_submission")
        items = (await programme.shelter.get("/api/v1/refusals")).json()["items"]
        (item,) = [item for item in items if item["refusal_id"] not in before]
        opened = (await with_refusal(programme.shelter, item, "open")).json()
        assert (opened["encoding"], b64decode(opened["document"])) == ("base64", raw)

    async def test_of_an_erased_person_shows_nothing(self, programme: Programme) -> None:
        document = somebody()
        item = await refused(programme, document)
        await erased(programme, document["submission_id"])
        is_a_problem(await with_refusal(programme.shelter, item, "open"), 409, "erased")


class TestCorrectingIt:
    async def test_opens_the_case_and_settles_it_once(self, programme: Programme) -> None:
        document = somebody(consent_to("ACNUR"))
        item = await refused(programme, document)
        order = {"command_id": str(uuid4()), "submission": document}
        first = await with_refusal(programme.shelter, item, "correct", **order)
        assert first.status_code == 200, first.text
        assert (await with_refusal(programme.shelter, item, "correct", **order)).json() == first.json()
        case = first.json()["case_id"]
        await programme.referral_to("ACNUR", case, state="requested")
        shown = await listed(programme.shelter, case, receipt=first.json()["receipt"])
        assert shown is not None
        assert await refusals(programme.shelter, document["submission_id"]) == []
        (settled,) = await refusals(programme.shelter, document["submission_id"], settled=True)
        assert settled["corrected"] is True
        for what, says in (("open", {}), ("discard", {}), ("correct", {"submission": document})):
            answer = await with_refusal(programme.shelter, item, what, **says)
            is_a_problem(answer, 409, "refusal_settled")

    async def test_with_faults_says_them_and_it_waits_on(self, programme: Programme) -> None:
        document = somebody()
        item = await refused(programme, document)
        still = {**document, "screening": {**document["screening"], "sex": "CANARIO"}}
        problem = is_a_problem(
            await with_refusal(programme.shelter, item, "correct", submission=still), 422, "invalid_submission"
        )
        assert [fault["field"] for fault in problem["faults"]] == ["screening.sex"]
        assert len(await refusals(programme.shelter, document["submission_id"])) == 2
        assert (await with_refusal(programme.shelter, item, "correct", submission=document)).status_code == 200
        assert await refusals(programme.shelter, document["submission_id"]) == []

    async def test_under_another_id_is_refused(self, programme: Programme) -> None:
        """It would leave the person whom it was about without a case."""
        document = somebody()
        item = await refused(programme, document)
        other = document | {"submission_id": str(uuid4())}
        problem = is_a_problem(
            await with_refusal(programme.shelter, item, "correct", submission=other), 422, "malformed_request"
        )
        assert problem["faults"] == [{"field": "body.submission.submission_id", "code": "another_submission"}]

    async def test_sent_again_in_the_ordinary_way_it_is_settled_as_well(self, programme: Programme) -> None:
        document = somebody()
        item = await refused(programme, document)
        case = await programme.flag(document)
        assert await refusals(programme.shelter, document["submission_id"]) == []
        is_a_problem(await with_refusal(programme.shelter, item, "open"), 409, "refusal_settled")
        assert await listed(programme.shelter, case)

    async def test_by_another_shelters_document_is_refused(self, programme: Programme) -> None:
        document = somebody()
        item = await refused(programme, document)
        elsewhere = document | {"shelter": "ALB-TAP-01"}
        answer = await with_refusal(programme.shelter, item, "correct", submission=elsewhere)
        is_a_problem(answer, 403, "not_allowed")


class TestAConflict:
    async def test_is_corrected_with_an_id_of_its_own(self, programme: Programme) -> None:
        first = somebody()
        case = await programme.flag(first)
        second = first | {"person": {"name": f"{NAME} la otra"}}
        item = await conflicting(programme, second)
        assert item["es"] == "Su identificador ya se usó para otro registro."
        again = await with_refusal(programme.shelter, item, "correct", submission=second)
        is_a_problem(again, 409, "submission_conflict")
        own = second | {"submission_id": str(uuid4())}
        corrected = await with_refusal(programme.shelter, item, "correct", submission=own)
        assert corrected.status_code == 200, corrected.text
        assert corrected.json()["case_id"] != case
        assert await refusals(programme.shelter, first["submission_id"]) == []

    async def test_or_as_an_amendment_of_the_case_that_has_the_id(self, programme: Programme) -> None:
        first = somebody()
        case = await programme.flag(first)
        second = {**first, "screening": {**first["screening"], "sex": "F"}}
        item = await conflicting(programme, second)
        corrected = await with_refusal(programme.shelter, item, "correct", submission=second, amends=True)
        assert corrected.json()["case_id"] == case
        shown = await listed(programme.shelter, case)
        assert shown is not None
        answers = (await programme.shelter.get(f"/api/v1/cases/{case}/answers")).json()["answers"]
        assert answers["sex"] == "F"

    async def test_with_another_shelters_case_tells_nothing_of_it(
        self, programme: Programme, next_one: httpx2.AsyncClient
    ) -> None:
        first = somebody()
        await programme.flag(first)
        theirs = first | {"shelter": "ALB-TAP-01"}
        is_a_problem(await next_one.post("/api/v1/submissions", json=theirs), 409, "submission_conflict")
        (item,) = await refusals(next_one, first["submission_id"])
        assert item["case_id"] is None
        amends = await with_refusal(next_one, item, "correct", submission=theirs, amends=True)
        is_a_problem(amends, 404, "not_found")
        assert (await with_refusal(next_one, item, "open")).status_code == 200  # what it sent itself


class TestAnAmendment:
    async def test_that_is_not_valid_is_kept_and_corrected_into_an_amendment(self, programme: Programme) -> None:
        document = somebody()
        case = await programme.flag(document)
        is_a_problem(await programme.amend(case, spoilt(document)), 422, "invalid_submission")
        (item,) = await refusals(programme.shelter, document["submission_id"])
        assert (item["amends"], item["case_id"]) == (True, case)
        opened = (await with_refusal(programme.shelter, item, "open")).json()
        assert json.loads(opened["document"]) == spoilt(document)
        right = {**document, "screening": {**document["screening"], "sex": "F"}}
        corrected = await with_refusal(programme.shelter, item, "correct", submission=right)
        assert (corrected.status_code, corrected.json()["case_id"]) == (200, case)
        answers = (await programme.shelter.get(f"/api/v1/cases/{case}/answers")).json()["answers"]
        assert answers["sex"] == "F"
        assert await refusals(programme.shelter, document["submission_id"]) == []
        told = [entry["es"] for entry in await programme.history(case) if "refus" in entry["name"]]
        assert ["corrección" in told[0], "leyó" in told[1], "corrigió" in told[2]] == [True, True, True]

    async def test_of_another_shelters_case_is_not_kept_nor_told_its_faults(
        self, programme: Programme, next_one: httpx2.AsyncClient
    ) -> None:
        document = somebody()
        case = await programme.flag(document)
        body = {"command_id": str(uuid4()), "submission": spoilt(document)}
        answer = await next_one.post(f"/api/v1/cases/{case}/amendments", json=body)
        is_a_problem(answer, 404, "not_found")
        assert await refusals(next_one, document["submission_id"]) == []

    async def test_is_nobodys_once_the_person_has_gone_on(
        self, programme: Programme, next_one: httpx2.AsyncClient
    ) -> None:
        document = somebody()
        case = await programme.flag(document)
        is_a_problem(await programme.amend(case, spoilt(document)), 422, "invalid_submission")
        (item,) = await refusals(programme.shelter, document["submission_id"])
        await goes_on(programme, next_one, case)
        for client in (programme.shelter, next_one):
            assert await refusals(client, document["submission_id"]) == []
            is_a_problem(await with_refusal(client, item, "open"), 404, "not_found")

    async def test_whatever_id_it_names_is_sealed_with_the_keys_of_the_case(self, programme: Programme) -> None:
        document = somebody()
        case = await programme.flag(document)
        confused = spoilt(document) | {"submission_id": str(uuid4())}
        is_a_problem(await programme.amend(case, confused), 422, "invalid_submission")
        (item,) = await refusals(programme.shelter, confused["submission_id"])
        await erased(programme, document["submission_id"])
        is_a_problem(await with_refusal(programme.shelter, item, "open"), 409, "erased")
        is_a_problem(await programme.amend(case, spoilt(document)), 409, "erased")  # no new key is made for them

    @pytest.mark.parametrize("number", ["NaN", '"\\ud800"', "1e400"])
    async def test_that_is_hardly_json_is_kept_as_well(self, programme: Programme, number: str) -> None:
        document = somebody()
        case = await programme.flag(document)
        submission = f'{{"submission_id": "{document["submission_id"]}", "x": {number}}}'
        raw = f'{{"command_id": "{uuid4()}", "submission": {submission}}}'
        path, json_type = f"/api/v1/cases/{case}/amendments", {"Content-Type": "application/json"}
        answer = await programme.shelter.post(path, content=raw, headers=json_type)
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] in {"invalid_submission", "malformed_request"}


async def test_what_is_set_aside_is_not_asked_about_again(programme: Programme) -> None:
    document = somebody()
    item = await refused(programme, document)
    aside = await with_refusal(programme.shelter, item, "discard")
    assert (aside.status_code, aside.json()["corrected"]) == (200, False)
    assert await refusals(programme.shelter, document["submission_id"]) == []
    (settled,) = await refusals(programme.shelter, document["submission_id"], settled=True)
    assert settled["corrected"] is False
    is_a_problem(await with_refusal(programme.shelter, item, "correct", submission=document), 409, "refusal_settled")
    assert await programme.flag(document)  # the person may still be registered


async def test_the_lists_come_out_of_the_log_as_they_are(own_programme: Programme) -> None:
    programme = own_programme
    document, other = somebody(), an_adult()
    item, again = await refused(programme, document), await refused(programme, other)
    await programme.flag(document)
    await with_refusal(programme.shelter, again, "discard")
    await with_refusal(programme.shelter, item, "open")
    dsn = programme.system.installation.settings.postgres_dsn
    assert dsn is not None
    found = await rebuild(dsn.get_secret_value(), "intake", MODELS["intake"], swap=False)
    assert {table: found.differing[table] for table in ("refusal", "submission")} == {"refusal": 0, "submission": 0}
