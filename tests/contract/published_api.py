"""The published description of the API, made without any server."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import SecretStr

from services.chassis.secrets.installation import Secrets
from services.chassis.settings import Settings
from services.system import Installation

METHODS = ("get", "put", "post", "delete")

Operation = dict[str, Any]


@cache
def offline_installation() -> Installation:
    """An installation whose services can be built, and whose servers are nowhere."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data=Path(folder),
            postgres_dsn=SecretStr("postgresql://nobody@127.0.0.1:1/nothing"),
            nats_url="nats://127.0.0.1:1",
            port=0,
        )
        secrets = Secrets.load_or_create(settings.data)
        return Installation(settings, secrets, first_start=False)


@cache
def application() -> FastAPI:
    """Every service behind one origin, as it is served; nothing of it connects until it is started."""
    return offline_installation().application()


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document."""
    return application().openapi()


def operations() -> dict[str, Operation]:
    """Each operation of the document, by method and path: ``POST /api/v1/submissions``."""
    return {
        f"{method.upper()} {path}": operation
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
    }
