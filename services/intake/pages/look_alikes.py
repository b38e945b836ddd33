"""Cases that may be of one person, side by side, without a name: staff say whether they are.

``/albergue/trabajo/parecidos``. Nothing follows by itself. Each pair that is shown is recorded, and a worker is shown
a number of them in a day: the page is no way to look somebody up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from events.vocabulary import Watched
from services.chassis.authorization.policy import Action, Principal
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.errors import MalformedRequestError, NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.security.current import counts_as
from services.chassis.web.cursors import MAX_LENGTH
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import form_of, validated
from services.chassis.web.pages.templating import PageTemplates
from services.intake.duplicates.commands import DuplicateCommands, DuplicateList
from services.intake.duplicates.domain import EnoughPairsShownError
from services.intake.duplicates.queries import ComparedSubmission, compared_submissions
from services.intake.duplicates.schemas import DuplicateDecision, SuspectedDuplicates

TEMPLATES = PageTemplates(__name__, "pages/templates/look_alikes")
HERE = "/albergue/trabajo/parecidos"
SHOWN = 5
NONE = SuspectedDuplicates(items=[], more_tomorrow=False, next_cursor=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAlikes:
    """Draws the page."""

    database: Database
    pairs: DuplicateList
    commands: DuplicateCommands
    clock: Clock

    async def listed(
        self, request: Request, by: Principal, cursor: str | None = None, fault: ServiceError | None = None
    ) -> Response:
        """A page of undecided pairs."""
        counts_as(Watched.DUPLICATE_SEARCHES)
        found, enough = NONE, False
        try:
            found = await self.pairs.page(by, cursor, SHOWN)
        except EnoughPairsShownError:
            enough = True
        except MalformedRequestError as error:  # a link of somebody else's: the list begins anew
            return await self.listed(request, by, None, error)
        cases = {case for pair in found.items for case in (pair.first, pair.later)}
        known: Mapping[UUID, ComparedSubmission] = await compared_submissions(self.database, by, cases)
        shown: dict[str, Any] = {
            "pairs": [(pair, known[pair.first], known[pair.later]) for pair in found.items],
            "enough": enough or found.more_tomorrow,
            "next": found.next_cursor,
            "cursor": cursor,
            "order": uuid4,
        }
        return page(request, TEMPLATES, "pairs.html", fault=fault, now=self.clock(), address=HERE, **shown)


def pages(drawn: LookAlikes, tokens: Tokens) -> APIRouter:
    """``/albergue/trabajo/parecidos``."""
    router = APIRouter(include_in_schema=False)

    @router.get(HERE)
    async def show_pairs(
        request: Request,
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        principal: Principal = requires(tokens, Action.DECIDE_DUPLICATE),
    ) -> Response:
        """Shows pairs of the shelter's own cases with what they have in common."""
        return await drawn.listed(request, principal, cursor)

    @router.post(HERE)
    async def decide_pair(
        request: Request, principal: Principal = requires(tokens, Action.DECIDE_DUPLICATE, by_form=True)
    ) -> Response:
        """Records whether both are of one person. No case is changed."""
        form = await form_of(request, principal)
        try:
            said = validated(
                DuplicateDecision,
                {
                    "command_id": form.command_id,
                    "first": form.uuid("first"),
                    "later": form.uuid("later"),
                    "decision": form.text("decision"),
                },
            )
            await drawn.commands.decide(said.command_id, (said.first, said.later), said.decision, principal)
        except NotFoundError:
            raise
        except ServiceError as error:
            return await drawn.listed(request, principal, None, error)
        return done(HERE, "pair_decided")

    return router
