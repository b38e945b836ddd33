"""Cases that look alike, side by side without a name: decided by people, once; nothing is merged."""

from uuid import uuid4

from events.vocabulary import Role
from tests.support.people.page_forms import PageForm, forms_of
from tests.support.people.page_reading import headers, looked_at, read, words_of
from tests.support.people.people import Programme, an_adult
from tests.support.people.shelter_work import NAME, PHONE, somebody
from tests.support.system.system import eventually

HERE = "/albergue/trabajo/parecidos"


def decisions(page: str, case: str) -> list[PageForm]:
    """The forms about pairs of a case."""
    return [one for one in forms_of(page) if one.action == HERE and case in one.fields.values()]


async def test_a_pair_is_shown_without_a_name_and_is_decided_once(own_programme: Programme) -> None:
    by = own_programme.shelter
    first, later = [await own_programme.flag(somebody()) for _ in range(2)]

    async def compared() -> str:
        """The page, once both cases are assessed: until then nobody knows whether they may be compared."""
        page = await looked_at(by, HERE)
        return page if decisions(page, first) else ""

    page = await eventually(compared)
    seen = words_of(page)
    assert "el mismo teléfono" in seen
    assert "el mismo día" in seen
    assert NAME not in page
    assert PHONE not in page
    assert "the same telephone" in await read(by, HERE, "en")
    same, different = decisions(page, first)
    assert {same.fields["first"], same.fields["later"]} == {first, later}
    answers = [await by.post(HERE, data=different.fields, headers=headers()) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    after = await looked_at(by, answers[0].headers["location"])
    assert "Quedó anotado. Ningún caso cambió." in words_of(after)
    assert decisions(after, first) == []
    assert (await by.get(f"/api/v1/cases/{first}")).json()["same_person"] == []
    other = await by.post(HERE, data=different.fields | {"decision": "same"}, headers=headers())
    assert other.status_code == 409, "the same order says something else"


async def test_nobody_decides_about_anothers_cases(programme: Programme) -> None:
    mine = [await programme.flag(an_adult()) for _ in range(2)]
    pair = {"orden": str(uuid4()), "first": mine[0], "later": mine[1], "decision": "same"}
    stranger = await programme.system.signed_in(Role.SHELTER_WORKER, "ALB-TAP-01")
    assert (await stranger.post(HERE, data=pair, headers=headers())).status_code == 404
    with_itself = await programme.shelter.post(HERE, data=pair | {"later": mine[0]}, headers=headers())
    assert with_itself.status_code == 422
    senseless = await programme.shelter.post(HERE, data=pair | {"decision": "CANARIO"}, headers=headers())
    assert senseless.status_code == 422
    assert "CANARIO" not in senseless.text
