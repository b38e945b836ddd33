"""An operator's work over HTTP: what health depends on, listing parked events, and handling them again.

The public addresses of health say yes or no. Which service waits for what, which policy has a fault, and which
shelter's link is down since when, an operator reads here (domain.md §7.7: threats to shelters are never mapped).
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.chassis.authorization.policy import Action, Principal
from services.chassis.errors import NotFoundError, ServiceError, VersionConflictError
from services.chassis.identity.request_guard import requires
from services.chassis.identity.tokens import Tokens
from services.chassis.names import SERVICES
from services.chassis.runtime.health import Health, all_ok, reports
from services.chassis.runtime.queries import parked_events
from services.chassis.runtime.schemas import (
    FlowChecks,
    FlowDetails,
    ParkedEvents,
    ParkedEventsDigested,
    ReadinessDetails,
    ServiceChecks,
)
from services.chassis.runtime.service import Service
from services.chassis.runtime.words import in_words
from services.chassis.web.refusals import refuses
from services.chassis.web.schemas import SAFE_INTEGER

Name = Annotated[str, Path(pattern="^(" + "|".join(SERVICES) + ")$")]


class StillParkedError(ServiceError):
    """An event failed again: every event of the case stays parked."""

    code = "still_parked"
    status = 409


def routes(services: Sequence[Service], examined: Mapping[str, Health], tokens: Tokens) -> APIRouter:
    """``GET /operate/ready|flow|parked`` and ``POST …/{service}/{case}/retry``, for the services of this process."""
    router = APIRouter(prefix="/operate", tags=["operate"])

    @router.get(
        "/ready",
        response_model_exclude_unset=True,
        responses={503: {"description": "Not ready: the same answer says why", "model": ReadinessDetails}},
    )
    async def get_readiness_details(
        response: Response, _principal: Principal = requires(tokens, Action.OPERATE)
    ) -> ReadinessDetails:
        """Why `GET /health/ready` says what it says, service by service, and what is shown beside it."""
        found = await reports(examined, Health.readiness)
        response.status_code = 200 if all_ok(found) else 503
        return ReadinessDetails(
            status="ready" if all_ok(found) else "not_ready",
            version=version("canaliza"),
            services={
                name: ServiceChecks(**report.values, checks=in_words(report.checks)) for name, report in found.items()
            },
        )

    @router.get(
        "/flow",
        responses={503: {"description": "Something waits too long: the same answer says what", "model": FlowDetails}},
    )
    async def get_flow_details(
        response: Response, _principal: Principal = requires(tokens, Action.OPERATE)
    ) -> FlowDetails:
        """Why `GET /health/flow` says what it says, service by service."""
        found = await reports(examined, Health.flow)
        response.status_code = 200 if all_ok(found) else 503
        return FlowDetails(
            status="flowing" if all_ok(found) else "not_flowing",
            services={
                name: FlowChecks(**report.values, checks=in_words(report.checks)) for name, report in found.items()
            },
        )

    @router.get("/parked")
    async def list_parked_events(_principal: Principal = requires(tokens, Action.OPERATE)) -> ParkedEvents:
        """Lists the parked events of every service, with the kind of error that parked them, without contents.

        Cases whose answers look like a U0 come first, where a service may open the answers.
        """
        found = [item for service in services for item in await parked_events(service)]
        return ParkedEvents(items=sorted(found, key=lambda item: not item.urgent))

    @router.post(
        "/parked/{name}/{case_id}/retry", responses=refuses(NotFoundError, StillParkedError, VersionConflictError)
    )
    async def retry_parked_events(
        name: Name,
        case_id: UUID,
        _principal: Principal = requires(tokens, Action.OPERATE),
        upstream: Name | None = None,
        without: Annotated[int | None, Query(ge=1, le=SAFE_INTEGER)] = None,
    ) -> ParkedEventsDigested:
        """Handles a case's parked events again, in order. If one still fails, all stay parked.

        One that cannot be mended is set aside for good with `upstream` and `without`, its position there, so that
        those behind it are handled; that is recorded.
        """
        service = next((each for each in services if each.name == name), None)
        if service is None or (upstream is None) != (without is None):
            raise NotFoundError
        followers = [each for each in service.followers if upstream in (None, each.upstream)]
        try:
            digested = [await each.retry(case_id, without=without) for each in followers]
            return ParkedEventsDigested(digested=sum(digested))
        except ServiceError:
            raise
        except Exception as error:
            raise StillParkedError(reason=type(error).__name__) from error

    return router
