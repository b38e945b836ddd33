"""The tasks of a desk: what it owes by law or by the programme's rules, and what became of each.

``/mesa/tareas``, open to whoever has tasks; the coordination finds everybody's there.
"""

from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from events.vocabulary import ObligationResult
from services.chassis.authorization.policy import Action, Principal, role_allows
from services.chassis.clock import Clock
from services.chassis.errors import NotFoundError, ServiceError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.ids import short_code
from services.chassis.web.cursors import MAX_LENGTH
from services.chassis.web.pages.answers import done, page
from services.chassis.web.pages.forms import form_of, validated
from services.chassis.web.pages.templating import PageTemplates
from services.referral.obligations.commands import ObligationCommands
from services.referral.obligations.queries import ObligationLists
from services.referral.obligations.schemas import FinishObligation, ObligationEntry
from services.referral.overview.queries import Overview

TEMPLATES = PageTemplates(__name__, "pages/templates/duties")
SHOWN = 25


def pages(
    commands: ObligationCommands, lists: ObligationLists, overview: Overview, tokens: Tokens, clock: Clock
) -> APIRouter:
    """``/mesa/tareas`` and one of them."""
    router = APIRouter(include_in_schema=False)

    @router.get("/mesa/tareas")
    async def show_tasks(
        request: Request,
        terminadas: Annotated[bool, Query()] = False,
        caso: Annotated[UUID | None, Query()] = None,
        cursor: Annotated[str | None, Query(max_length=MAX_LENGTH)] = None,
        principal: Principal = requires(tokens, Action.SEE_OBLIGATIONS),
    ) -> Response:
        """Shows the open tasks, what is due first; or those that ended, the latest first."""
        found = await lists.own(principal, ended=terminadas, case=caso, cursor=cursor, limit=SHOWN)
        shown: dict[str, Any] = {
            "tasks": found.items,
            "next": found.next_cursor,
            "ended": terminadas,
            "of_case": caso,
            "links": await overview.visible(principal, [one.referral_id for one in found.items if one.referral_id]),
            "cursor": cursor,
        }
        return page(request, TEMPLATES, "list.html", now=clock(), code=short_code, **shown)

    async def task_page(
        request: Request, principal: Principal, task: ObligationEntry, fault: ServiceError | None = None, **kept: Any
    ) -> Response:
        links = await overview.visible(principal, [task.referral_id] if task.referral_id else [])
        return page(
            request,
            TEMPLATES,
            "task.html",
            fault=fault,
            now=clock(),
            task=task,
            code=short_code,
            links=links,
            order=uuid4(),
            results=[one.value for one in ObligationResult],
            may_finish=task.result is None and role_allows(principal, Action.FINISH_OBLIGATION),
            kept=kept,
        )

    @router.get("/mesa/tareas/{task_id}")
    async def show_task(
        request: Request, task_id: UUID, principal: Principal = requires(tokens, Action.SEE_OBLIGATIONS)
    ) -> Response:
        """Shows one task, with the form that says what became of it."""
        return await task_page(request, principal, await lists.one(principal, task_id))

    @router.post("/mesa/tareas/{task_id}")
    async def finish_task(
        request: Request,
        task_id: UUID,
        principal: Principal = requires(tokens, Action.FINISH_OBLIGATION, by_form=True),
    ) -> Response:
        """Records what became of it; if somebody said so before, shows who and what."""
        form = await form_of(request, principal)
        try:
            said = validated(FinishObligation, {"command_id": form.command_id, "result": form.text("result")})
            await commands.finish(task_id, said.command_id, said.result, principal)
        except NotFoundError:
            raise
        except ServiceError as error:
            task = await lists.one(principal, task_id)
            return await task_page(request, principal, task, error, result=form.text("result"))
        return done("/mesa/tareas", "task_finished")

    return router
