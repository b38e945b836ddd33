"""Audit's composition root: it follows every log, holds no key, and writes nothing but its own trace."""

from fastapi import FastAPI

import events.published  # noqa: F401 - history reads every event there is
from services.audit import api
from services.audit.history import LOGS
from services.audit.reactions import trace
from services.chassis import web
from services.chassis.foundation import Foundation
from services.chassis.log import Log
from services.chassis.read_models import ReadModel
from services.chassis.service import Service
from services.chassis.settings import Settings

FILLS = {log: trace(log) for log in LOGS}
MODELS = (ReadModel(tables=("trace",), fills=FILLS),)

GATHERING = 0.1
"""An auditor may see an event a tenth of a second after it was copied."""


def create_service(foundation: Foundation) -> Service:
    """Follows the three logs; its own log holds only how far it has come."""
    return Service(
        foundation=foundation,
        log=Log(foundation.database),
        router=api.routes(foundation.tokens(), foundation),
        follows={log: fill.follow for log, fill in FILLS.items()},
        gathering=GATHERING,
    )


def create_app() -> FastAPI:
    """The application that ``canaliza serve audit`` runs."""
    return web.application([create_service(Foundation.of(Settings(), "audit"))])
