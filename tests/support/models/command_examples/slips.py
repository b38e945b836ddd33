"""Examples of what a person says with a slip, and of a handover to the next shelter."""

from tests.support.builders.slips import AGREED, WORD, slip_of, takes_back
from tests.support.models.command_examples.example import Cast, Example, Other, new
from tests.support.people.people import Item, taken


async def slip_issued(cast: Cast) -> Example:
    one, other = [f"/cases/{await cast.case()}/slip" for _ in range(2)]

    def shown_once(_: Item) -> tuple[int, Item]:
        return 409, {"code": "slip_shown_once"}

    others = [Other(path=other), Other(by=cast.shelter[1])]
    return Example(cast.shelter[0], one, new(word=WORD, override=True), others, shown_once)


async def withdrawal_checked(cast: Cast) -> Example:
    one, other = [await cast.case() for _ in range(2)]
    for case in (one, other):
        slip = await slip_of(cast.shelter[0], case)
        assert (await takes_back(cast.nobody, slip, recipient="ACNUR")).is_success
    others = [
        Other({"answer": "dismissed"}),
        Other(path=f"/cases/{other}/withdrawal-check"),
        Other(by=cast.shelter[1]),
    ]
    return Example(cast.shelter[0], f"/cases/{one}/withdrawal-check", new(answer="confirmed"), others)


async def taken_back_by_slip(cast: Cast) -> Example:
    slip = await slip_of(cast.shelter[0], await cast.case())
    body = new(slip=slip, word=WORD, recipient="ACNUR")
    return Example(cast.nobody, "/slips/withdraw", body, [Other({"recipient": "OIM"})])


async def confirmed_by_slip(cast: Cast) -> Example:
    referral = await cast.referral()
    accepted = await taken(cast.officer[0], referral, "accept")
    await taken(cast.officer[0], accepted, "deliver", outcome="service_delivered")
    slip = await slip_of(cast.shelter[0], referral["case_id"])
    body = new(slip=slip, word=WORD, agency="ACNUR", confirmation="yes")
    return Example(cast.nobody, "/slips/confirm", body, [Other({"confirmation": "no"}), Other({"agency": "OIM"})])


async def taken_over(cast: Cast) -> Example:
    one, other = [await slip_of(cast.shelter[0], await cast.case()) for _ in range(2)]
    others = [
        Other({"slip": other}),
        Other({"consent": {**AGREED, "fields": ["sex"]}}),
        Other({"family": [{"slip": other, "word": WORD, "consent": AGREED}]}),
        Other(by=cast.next_shelter[1]),
    ]
    return Example(cast.next_shelter[0], "/handovers", new(slip=one, word=WORD, consent=AGREED), others)
