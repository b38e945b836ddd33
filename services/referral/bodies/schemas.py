"""A national body in an answer."""

from pydantic import ConfigDict

from services.chassis.web.schemas import Answer


class LegalBody(Answer):
    """A national body with a legal duty; people contact it, no rule reaches it."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    name: str
    es: str
    """Its duty, in Spanish."""
    en: str
    telephone: str | None
    address: str | None
