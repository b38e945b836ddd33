"""The refusals of a route for the published description: the problem codes of each status."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.chassis.errors import ServiceError
from services.chassis.web.schemas import REFERENCE

CODES = "x-problem-codes"
"""Our extension of an OpenAPI response: the codes of its problem documents."""

MEDIA_TYPE = "application/problem+json"


def refuses(*errors: type[ServiceError]) -> dict[int | str, dict[str, Any]]:
    """The ``responses=`` of a route or router: its refusals besides those that every route shares."""
    return described((error.status, error.code) for error in errors)


def described(codes: Iterable[tuple[int, str]]) -> dict[int | str, dict[str, Any]]:
    """One answer for each status, with its codes."""
    by_status: dict[int, set[str]] = {}
    for status, code in codes:
        by_status.setdefault(status, set()).add(code)
    return {status: _answer(codes_of_status) for status, codes_of_status in sorted(by_status.items())}


def merged(*tables: Mapping[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
    """Merges tables of refusals; a status in more than one of them has the codes of all."""
    codes = [(int(status), code) for table in tables for status, answer in table.items() for code in answer[CODES]]
    return described(codes)


def _answer(codes: set[str]) -> dict[str, Any]:
    listed = sorted(codes)
    return {
        "description": " · ".join(f"`{code}`" for code in listed),
        "content": {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}},
        CODES: listed,
    }
