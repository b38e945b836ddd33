"""Reads request bodies within a size limit."""

from urllib.parse import parse_qs

from fastapi import Request

from services.chassis.errors import MalformedRequestError, ServiceError
from services.chassis.web.schemas import is_storable

SMALL = 8_192
"""Bytes of the largest body of a route that declares no other limit: signing in, a form."""


MAX_FIELDS = 256
"""Of a form: the registration of a person has some hundred."""


class BodyTooLargeError(ServiceError):
    """The body is over the limit; the rest of it was not read."""

    code = "too_large"
    status = 413


class SlowBodyError(ServiceError):
    """The body did not arrive in time; the rest of it is not waited for."""

    code = "body_timeout"
    status = 408


async def limited_body(request: Request, limit: int) -> bytes:
    """The body of a request.

    Raises:
        BodyTooLargeError: it has more than ``limit`` bytes, declared or read.
    """
    if declared_length(request) > limit:
        raise BodyTooLargeError
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLargeError
    return bytes(body)


async def filled(request: Request, limit: int) -> dict[str, str]:
    """The fields of a form, the last value of each.

    Raises:
        BodyTooLargeError: the body has more than ``limit`` bytes.
        MalformedRequestError: the body is not a form.
    """
    try:
        body = (await limited_body(request, limit)).decode()
        fields = parse_qs(body, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise MalformedRequestError from None
    if not is_storable(fields):
        raise MalformedRequestError
    return {name: values[-1] for name, values in fields.items()}


def declared_length(request: Request) -> int:
    """The length in the header ``Content-Length``; 0 without one."""
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isdecimal() else 0
