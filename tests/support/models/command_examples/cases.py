"""Examples of what a shelter changes in a case."""

from tests.support.models.command_examples.example import Cast, Example, Other, new
from tests.support.people.people import an_adult, consent_to


async def amended(cast: Cast) -> Example:
    documents = [an_adult(consent_to("ACNUR")) for _ in range(2)]
    one, other = [f"/cases/{await cast.programme.flag(document)}/amendments" for document in documents]
    changed = [{**document, "screening": {**document["screening"], "sex": "F"}} for document in documents]
    others = [
        Other({"submission": documents[0]}),
        Other({"submission": changed[1]}, path=other),
        Other(by=cast.shelter[1]),
    ]
    return Example(cast.shelter[0], one, new(submission=changed[0]), others)


async def consented(cast: Cast) -> Example:
    one, other = [f"/cases/{await cast.case()}/consents" for _ in range(2)]
    others = [
        Other({"recipient": "OIM"}),
        Other({"fields": ["sex"]}),
        Other(path=other),
        Other(by=cast.shelter[1]),
    ]
    return Example(cast.shelter[0], one, new(**consent_to("UNFPA")), others)


async def erased(cast: Cast) -> Example:
    one, other = [f"/cases/{await cast.case()}/erasure" for _ in range(2)]
    others = [Other({"basis": "court_order"}), Other(path=other), Other(by=cast.coordinator[1])]
    return Example(cast.coordinator[0], one, new(basis="person_request"), others)


WISH = {"recipient": "INM", "purpose": "legal", "wording_version": "contacto-es-1"}


async def wished(cast: Cast) -> Example:
    one, other = [f"/cases/{await cast.case()}/restricted-contacts" for _ in range(2)]
    others = [
        Other({"recipient": "CONSULADO"}),
        Other({"purpose": "return"}),
        Other(path=other),
        Other(by=cast.shelter[1]),
    ]
    return Example(cast.shelter[0], one, new(**WISH), others)


async def authorised(cast: Cast) -> Example:
    path = f"/cases/{await cast.case()}/restricted-contacts"
    worker = cast.programme.shelter  # of another label than those who authorise it
    wishes = [(await worker.post(f"/api/v1{path}", json=new(**WISH))).json()["contact_id"] for _ in range(2)]
    one, other = [f"{path}/{wish}/authorise" for wish in wishes]
    others = [Other(path=other), Other(by=cast.coordinator[1])]
    return Example(cast.coordinator[0], one, new(), others)


async def paired(cast: Cast) -> Example:
    first, later, third = [await cast.case() for _ in range(3)]
    others = [Other({"decision": "same"}), Other({"later": third}), Other(by=cast.shelter[1])]
    body = new(first=first, later=later, decision="different")
    return Example(cast.shelter[0], "/duplicates", body, others)
