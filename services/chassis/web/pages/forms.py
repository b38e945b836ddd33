"""Reads the forms of pages: the command id drawn with the page, the version it showed, and who it was drawn for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, ValidationError

from services.chassis.authorization.policy import Principal
from services.chassis.errors import MalformedRequestError, ServiceError
from services.chassis.web.bodies import filled
from services.chassis.web.pages.viewer import Viewer

MAX_FORM_BYTES = 32_768
"""Of a form as a browser sends it: a text of 2,000 letters, each escaped, and the other fields."""
Body = TypeVar("Body", bound=BaseModel)
ORDER, VERSION, DRAWN_FOR = "orden", "version", "quien"
VIEWER_HEADER = "X-Canaliza-Viewer"
"""Who a page was drawn for, as its script says."""


class AnotherPersonError(ServiceError):
    """The form was drawn for somebody else, who had signed in with this browser: nothing was done."""

    code = "another_person"
    status = 409


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form."""

    fields: dict[str, str]

    def text(self, name: str) -> str | None:
        """What was written into a field; ``None``: nothing but spaces."""
        return self.fields.get(name, "").replace("\r\n", "\n").strip() or None

    @property
    def command_id(self) -> UUID:
        """The id drawn with the page: sent twice, the form is one command.

        Raises:
            MalformedRequestError: the form is not from one of our pages.
        """
        return self.uuid(ORDER)

    @property
    def version(self) -> int:
        """The version that the page showed.

        Raises:
            MalformedRequestError: the form is not from one of our pages.
        """
        try:
            return int(self.fields[VERSION])
        except (KeyError, ValueError):
            raise MalformedRequestError from None

    def uuid(self, name: str) -> UUID:
        """An id.

        Raises:
            MalformedRequestError: the field has none.
        """
        try:
            return UUID(self.fields[name])
        except (KeyError, ValueError):
            raise MalformedRequestError from None

    def moment(self, name: str, viewer: Viewer) -> datetime | None:
        """A moment of a field ``datetime-local``, on the viewer's clock; ``None``: nothing was chosen.

        Raises:
            MalformedRequestError: it is no moment.
        """
        written = self.text(name)
        try:
            return None if written is None else datetime.fromisoformat(written).replace(tzinfo=viewer.zone)
        except ValueError:
            raise MalformedRequestError(faults=[{"field": name, "code": "not_a_time"}]) from None


def validated(kind: type[Body], said: dict[str, Any]) -> Body:
    """What was said as the body that the API takes, so that a page accepts nothing else.

    Raises:
        MalformedRequestError: it is not valid; each fault names its field and repeats nothing.
    """
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        faults = [{"field": ".".join(map(str, one["loc"])), "code": one["type"]} for one in found]
        raise MalformedRequestError(faults=faults) from None


async def form_of(request: Request, principal: Principal, limit: int = MAX_FORM_BYTES) -> Form:
    """The form that was sent, by whom it was drawn for.

    Raises:
        AnotherPersonError: it was drawn for somebody else.
        BodyTooLargeError, MalformedRequestError: see ``filled``.
    """
    form = Form(await filled(request, limit))
    drawn_for = form.fields.get(DRAWN_FOR)
    if drawn_for is not None and drawn_for != principal.person:
        raise AnotherPersonError
    return form


def refuse_another_person(request: Request, principal: Principal) -> None:
    """Checks what a page's script asks for: a page stays open while somebody else signs in with the same browser.

    Raises:
        AnotherPersonError: the page was drawn for somebody else.
    """
    if request.headers.get(VIEWER_HEADER, principal.person or "") != (principal.person or ""):
        raise AnotherPersonError
