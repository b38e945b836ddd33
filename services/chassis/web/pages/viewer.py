"""Who looks at a page, in which language and by which clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import Request

from services.chassis.authorization.policy import Principal
from services.chassis.clock import MEXICO
from services.chassis.locales import SPANISH, Catalogue

LANGUAGE_COOKIE = "idioma"
"""The language that somebody chose before signing in. It says nothing else, and decides nothing."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a page; nobody who has signed in has no principal."""

    principal: Principal | None
    language: str
    zone: ZoneInfo

    @property
    def person(self) -> str:
        """The code of the person's account, or nothing."""
        return "" if self.principal is None else self.principal.person or ""


def viewer_of(request: Request, words: Catalogue) -> Viewer:
    """The viewer of the page that answers a request.

    The language is that of the account, else the one chosen in this browser, else the first that the browser asks for
    and we have, else Spanish.
    """
    principal: Principal | None = getattr(request.state, "principal", None)
    known = words.known()
    own = principal.language if principal is not None else None
    zone = MEXICO if principal is None or principal.time_zone is None else ZoneInfo(principal.time_zone)
    wanted = (own, request.cookies.get(LANGUAGE_COOKIE), *_asked_for(request))
    return Viewer(principal, next((one for one in wanted if one in known), SPANISH), zone)


def _asked_for(request: Request) -> Sequence[str]:
    """The languages of ``Accept-Language`` (RFC 9110 §12.5.4), the most wanted first, without their regions."""
    wanted: list[tuple[float, str]] = []
    for part in request.headers.get("accept-language", "")[:200].split(","):
        tag, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.partition("=")[2] or 1)
        except ValueError:
            continue
        wanted.append((weight, tag.partition("-")[0].lower()))
    return [tag for weight, tag in sorted(wanted, key=lambda one: -one[0]) if weight > 0]
