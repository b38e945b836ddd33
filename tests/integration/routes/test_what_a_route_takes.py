"""A route takes what it declares, in the form that it declares, and says so of everything else; HEAD is as GET."""

import gzip
import json
import re
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import httpx2
import pytest

from events.vocabulary import Role
from services.chassis.runtime.application import API
from tests.support.models.routes_by_role import ORG, ROLES, filled, routes
from tests.support.system.answers import has_the_headers, is_a_problem
from tests.support.system.system import HANG, NO_TLS, System, eventually, sample_day

JSON = "application/json"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "application/xml")
BREAKING = ("\\u0000", "\\ud800", "\\udfffx", "x\\u0000")
SUBMISSIONS = f"{API}/submissions"


@pytest.fixture(scope="module")
async def everybody(system: System) -> dict[Role, httpx2.AsyncClient]:
    return {role: await system.signed_in(role, ORG[role]) for role in ROLES}


def without_nonce(value: str) -> str:
    """A header without the nonces of a page's policy, which no two answers share."""
    return re.sub(r"'nonce-[^']+'", "'nonce'", value)


def with_a_body(description: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Method, path and an example of every operation that takes JSON."""
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            if JSON in content:
                schema = content[JSON]["schema"]
                named = schema.get("$ref", "").rpartition("/")[2]
                schema = description["components"]["schemas"].get(named, schema)
                yield method.upper(), path, schema["examples"][0]


class TestTheQuery:
    async def test_an_unknown_parameter_is_refused_on_every_route_and_what_there_is_named(
        self, anybody: httpx2.AsyncClient, description: dict[str, Any]
    ) -> None:
        for method, path in [*routes(description), ("GET", "/api/openapi.json")]:
            answer = await anybody.request(method, filled(path), params={"limitt": "CANARIO"})
            assert answer.status_code == 422, (method, path)
            problem = is_a_problem(answer)
            assert problem["code"] == "unknown_parameter"
            assert problem["faults"] == [{"field": "query", "code": "unknown_parameter"}], "its name is not said back"
            declared = description["paths"].get(path, {}).get(method.lower(), {}).get("parameters", [])
            assert problem["parameters"] == sorted(one["name"] for one in declared if one["in"] == "query")
            has_the_headers(answer)

    async def test_and_so_says_the_description_of_every_operation(self, description: dict[str, Any]) -> None:
        for method, path in routes(description):
            refusals = description["paths"][path][method.lower()]["responses"]["422"]
            assert "unknown_parameter" in refusals["x-problem-codes"], (method, path)

    async def test_a_name_that_could_be_a_persons_is_not_repeated(self, anybody: httpx2.AsyncClient) -> None:
        answer = await anybody.get(f"{API}/referrals", params={"CANARIO María": "x", "estate": "y"})
        fields = [fault["field"] for fault in is_a_problem(answer)["faults"]]
        assert fields == ["query"]

    async def test_a_declared_one_is_taken_everywhere(
        self, everybody: dict[Role, httpx2.AsyncClient], description: dict[str, Any]
    ) -> None:
        declared = 0
        for method, path in routes(description):
            for one in description["paths"][path][method.lower()].get("parameters", []):
                if one["in"] == "query":
                    declared += 1
                    answer = await everybody[Role.ADMINISTRATOR].request(
                        method, filled(path), params={one["name"]: "1"}
                    )
                    if answer.status_code == 422:
                        assert is_a_problem(answer)["code"] != "unknown_parameter", (path, one["name"])
        assert declared > 10

    async def test_a_page_ignores_what_a_messenger_adds_to_its_link(self, anybody: httpx2.AsyncClient) -> None:
        page = {"Accept": "text/html"}
        assert (await anybody.get("/entrar?fbclid=x", headers=page)).status_code == 200
        assert (await anybody.get("/entrar/primera?utm_source=x", headers=page)).status_code == 200

    async def test_a_text_that_cannot_be_stored_is_refused_in_every_parameter_and_path(
        self, everybody: dict[Role, httpx2.AsyncClient], description: dict[str, Any]
    ) -> None:
        client, met = everybody[Role.PROGRAMME_COORDINATOR], 0
        for method, path in routes(description):
            for one in description["paths"][path][method.lower()].get("parameters", []):
                if one["in"] == "query":
                    for text in ("%00", "a%00", "%ED%A0%80"):
                        answer = await client.request(method, f"{filled(path)}?{one['name']}={text}")
                        assert answer.status_code in {200, 403, 422}, (path, one["name"])
                        if "00" in text:
                            assert answer.status_code == 422
                            assert f"query.{one['name']}" in [
                                fault["field"] for fault in is_a_problem(answer)["faults"]
                            ]
                        met += 1
            if "{" in path:
                answer = await client.request(method, path.replace("{", "%00").replace("}", "%00"))
                assert answer.status_code == 404, path
                assert is_a_problem(answer)["code"] == "not_found"
        assert met > 30


class TestTheBody:
    async def test_a_compressed_one_is_refused_on_every_route_as_what_it_is(
        self, anybody: httpx2.AsyncClient, description: dict[str, Any]
    ) -> None:
        for method, path, example in with_a_body(description):
            for encoding in ("gzip", "GZIP", "br", "deflate, gzip"):
                headers = {"Content-Encoding": encoding, "Content-Type": JSON}
                content = gzip.compress(json.dumps(example).encode())
                answer = await anybody.request(method, filled(path), content=content, headers=headers)
                assert answer.status_code == 415, (method, path)
                assert is_a_problem(answer)["code"] == "unsupported_encoding"
                assert answer.headers["accept-encoding"] == "identity"

    async def test_one_that_says_it_is_no_json_is_refused_as_what_it_is(
        self, anybody: httpx2.AsyncClient, description: dict[str, Any]
    ) -> None:
        met = 0
        for method, path, example in with_a_body(description):
            for media_type in FORMS if path != SUBMISSIONS else FORMS[1:2]:
                answer = await anybody.request(
                    method, filled(path), content=json.dumps(example), headers={"Content-Type": media_type}
                )
                assert answer.status_code == 415, (method, path, media_type)
                assert is_a_problem(answer)["code"] == "unsupported_media_type"
                met += 1
            codes = description["paths"][path][method.lower()]["responses"]["415"]["x-problem-codes"]
            assert codes == ["unsupported_encoding", "unsupported_media_type"]
        assert met > 100

    async def test_json_by_any_of_its_names_is_taken(self, system: System) -> None:
        officer = await system.signed_in(Role.OFFICER, "UNICEF")
        body = json.dumps({"command_id": "9b2f6c1e-4d0a-4c55-8a7e-0f3a5f1d2b60", "expected_version": 1})
        where = filled(f"{API}/referrals/{{id}}/accept")
        for media_type in (JSON, "Application/JSON; charset=utf-8", "application/vnd.shelter+json"):
            answer = await officer.post(where, content=body, headers={"Content-Type": media_type})
            assert answer.status_code == 404, media_type  # the body was taken: there is no such referral

    async def test_a_submission_is_taken_though_a_simple_tool_calls_it_a_form(self, system: System) -> None:
        """The guide's own ``curl --data`` says so, and no shelter's case is to be lost for a header."""
        shelter = await system.signed_in(Role.SHELTER_WORKER, "ALB-IXT-01")
        document = sample_day()[5] | {"submission_id": "0d2f5b0e-6f0c-4f57-9d0e-2f6f0a1b7c77"}
        headers = {"Content-Type": FORMS[0]}
        answer = await shelter.post(SUBMISSIONS, content=json.dumps(document), headers=headers)
        assert answer.status_code in {200, 201}

    async def test_a_text_that_cannot_be_stored_is_refused_in_every_field_of_every_route(
        self, everybody: dict[Role, httpx2.AsyncClient], description: dict[str, Any]
    ) -> None:
        last: httpx2.AsyncClient | None = None  # whoever may send the one is first to send the next
        for method, path, example in with_a_body(description):
            for spoilt in _spoilt(example):
                statuses = set()
                for client in sorted(everybody.values(), key=lambda one: one is not last):
                    answer = await client.request(method, filled(path), content=spoilt, headers={"Content-Type": JSON})
                    statuses.add(answer.status_code)
                    if answer.status_code == 422:
                        last = client
                        break
                # Of an unknown case a submission is not even read: its own faults are told field by field, once it is.
                of_a_case = {404} if path.endswith("/amendments") else set()
                assert statuses <= {401, 403, 422} | of_a_case, (method, path, spoilt)
                assert 422 in statuses or of_a_case & statuses or path.startswith(f"{API}/session"), (
                    method,
                    path,
                    spoilt,
                )


def _spoilt(example: Any) -> Iterator[str]:
    """The example with one of its texts, or of its names, made what no database can hold."""
    written = json.dumps(example)
    for text, breaking in zip(sorted(set(_texts(example))), cycle(BREAKING), strict=False):
        yield written.replace(json.dumps(text), f'"{breaking}"')


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for name, item in part.items():
            yield name
            yield from _texts(item)
    elif isinstance(part, list):
        for item in part:
            yield from _texts(item)


class TestHead:
    async def test_is_answered_as_get_without_the_content_wherever_get_is(
        self, everybody: dict[Role, httpx2.AsyncClient], description: dict[str, Any]
    ) -> None:
        paths = [path for method, path in routes(description) if method == "GET" and not path.endswith("/stream")]
        for client in (everybody[Role.PROGRAMME_COORDINATOR], everybody[Role.OFFICER]):
            for path in [*map(filled, paths), "/api/openapi.json", "/entrar", "/entrar/primera"]:
                head, got = await client.head(path), await client.get(path)
                assert head.status_code == got.status_code, path
                assert head.content == b""
                differing = {"content-length", "retry-after"} if path.startswith("/health") else {"retry-after"}
                for name in got.headers.keys() - differing - {"date", "x-request-id"}:
                    assert without_nonce(head.headers[name]) == without_nonce(got.headers[name]), (path, name)

    async def test_of_a_stream_ends_with_its_headers(self, everybody: dict[Role, httpx2.AsyncClient]) -> None:
        answer = await everybody[Role.OFFICER].head(f"{API}/alerts/stream")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.content == b""

    async def test_is_refused_as_get_is(self, system: System) -> None:
        async with httpx2.AsyncClient(base_url=system.url, verify=NO_TLS, timeout=HANG) as nobody:
            assert (await nobody.head(f"{API}/referrals")).status_code == 401
            assert (await nobody.head("/nowhere")).status_code == 404
            refused = await nobody.head(SUBMISSIONS)
            assert refused.status_code == 405
            assert refused.headers["allow"] == "POST"

            async def live() -> bool:
                return (await nobody.head("/health/ready")).status_code == 200

            assert await eventually(live)
