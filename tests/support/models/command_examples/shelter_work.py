"""Examples of what a shelter does with its own: it opens an identity, and reads, corrects and discards refusals."""

from uuid import uuid4

from tests.support.models.command_examples.example import Cast, Example, Other, new
from tests.support.people.people import Item, an_adult


async def identity_opened(cast: Cast) -> Example:
    one, other = [f"/cases/{await cast.case()}/identity" for _ in range(2)]
    others = [
        Other({"purpose": "accompany"}),
        Other({"fields": ["name"]}),
        Other({"fields": ["name", "phone", "notes"]}),
        Other(path=other),
        Other(by=cast.shelter[1]),
    ]
    return Example(cast.shelter[0], one, new(purpose="contact", fields=["name", "phone"]), others)


async def _refused(cast: Cast) -> tuple[str, Item]:
    """Something refused, and the document as it should have been."""
    document = an_adult()
    faulty = {**document, "screening": {**document["screening"], "sex": "?"}}
    assert (await cast.shelter[0].post("/api/v1/submissions", json=faulty)).status_code == 422
    page = (await cast.shelter[0].get("/api/v1/refusals")).json()
    return page["items"][0]["refusal_id"], document


async def refusal_opened(cast: Cast) -> Example:
    (one, _), (other, _) = [await _refused(cast) for _ in range(2)]
    others = [Other(path=f"/refusals/{other}/open"), Other(by=cast.shelter[1])]
    return Example(cast.shelter[0], f"/refusals/{one}/open", new(), others)


async def refusal_corrected(cast: Cast) -> Example:
    (one, document), (other, _) = [await _refused(cast) for _ in range(2)]
    others = [
        Other({"submission": {**document, "worker": "w-036"}}),
        Other({"submission": an_adult() | {"submission_id": str(uuid4())}}),
        Other({"amends": True}),
        Other(path=f"/refusals/{other}/correct"),
        Other(by=cast.shelter[1]),
    ]
    return Example(cast.shelter[0], f"/refusals/{one}/correct", new(submission=document), others)


async def refusal_discarded(cast: Cast) -> Example:
    (one, _), (other, _) = [await _refused(cast) for _ in range(2)]
    others = [Other(path=f"/refusals/{other}/discard"), Other(by=cast.shelter[1])]
    return Example(cast.shelter[0], f"/refusals/{one}/discard", new(), others)


async def refusal_erased(cast: Cast) -> Example:
    (one, _), (other, _) = [await _refused(cast) for _ in range(2)]
    others = [
        Other({"basis": "retention"}),
        Other(path=f"/refusals/{other}/erasure"),
        Other(by=cast.administrator[1]),
    ]
    return Example(cast.administrator[0], f"/refusals/{one}/erasure", new(basis="collected_wrongly"), others)
