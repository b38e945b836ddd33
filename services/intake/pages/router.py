"""Every page of Albergue, made from the service's parts."""

from fastapi import APIRouter

from services.chassis.web.placing import place
from services.intake.pages import (
    case_wiring,
    devices,
    other_work,
    outbox,
    paper,
    register,
    service_worker,
    telephone,
)
from services.intake.parts import Parts


def router(parts: Parts) -> APIRouter:
    """``/albergue``."""
    pages = APIRouter(include_in_schema=False)
    for of_people in (*_form(parts), *_devices(parts), *_cases(parts), *_work(parts)):
        place(pages, of_people)
    return pages


def _form(parts: Parts) -> tuple[APIRouter, ...]:
    """Registering, with and without scripts, and the form on paper."""
    return (register.pages(parts), paper.pages(parts.tokens))


def _devices(parts: Parts) -> tuple[APIRouter, ...]:
    """The telephones, what waits on them, and the service worker."""
    return (
        outbox.pages(parts.tokens, parts.clock),
        telephone.pages(parts.tokens, parts.clock),
        service_worker.routes(),
        devices.pages(
            devices.DevicePages(
                devices=parts.devices,
                records=parts.records,
                database=parts.database,
                cursors=parts.cursors,
                clock=parts.clock,
            ),
            parts.tokens,
        ),
    )


def _cases(parts: Parts) -> tuple[APIRouter, ...]:
    """The list of cases, one case, and what is done with it."""
    return case_wiring.pages(parts)


def _work(parts: Parts) -> tuple[APIRouter, ...]:
    """What waits besides the cases: refused submissions, arrivals with a slip, look-alikes, authorities' demands."""
    return other_work.routers(parts)
