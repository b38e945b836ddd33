"""The address and the operator's token of this machine's own system, for the command line.

They are read here because the complete settings and secrets need pydantic, which takes longer to load than a command
takes to run.
"""

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

from services.chassis.private_files import UnsafeSecretsError, read_private

PREFIX = "CANALIZA_"
"""The prefix of every setting in the environment."""

DATA, HOST, PORT = "var", "127.0.0.1", 8080
"""The defaults of ``CANALIZA_DATA``, ``CANALIZA_HOST`` and ``CANALIZA_PORT``."""

LAST_PORT = 65_535

INSTALLATION_FILE = "installation.json"
"""In the folder of the secrets: what ``up``, ``migrate`` and the command line need."""


def data_folder() -> Path:
    """The folder of the system's data (``CANALIZA_DATA``)."""
    return Path(_set("DATA") or DATA)


def default_keys(data: Path) -> Path:
    """The folder of the secrets unless ``CANALIZA_KEYS`` is set: beside the data, whose copies must not contain it."""
    whole = data.absolute()
    return whole.with_name(f"{whole.name}-keys")


def secrets_folder() -> Path:
    """The folder of the system's secrets (``CANALIZA_KEYS``, or beside ``CANALIZA_DATA``)."""
    chosen = _set("KEYS")
    return Path(chosen) if chosen else default_keys(data_folder())


class PlainAddressError(ValueError):
    """``CANALIZA_URL`` would show the operator's token to everybody on the way."""


def address() -> str:
    """The URL of the system: ``CANALIZA_URL``, which is the proxy's where services run apart.

    Without it the one process of this machine (``CANALIZA_HOST``, ``CANALIZA_PORT``; by TLS its public one, which its
    certificate names).

    Raises:
        PlainAddressError: it is on another machine, and not by TLS.
        ValueError: the port is not one.
    """
    chosen = _set("URL")
    if chosen is not None:
        where = urlsplit(chosen)
        if where.scheme != "https" and where.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise PlainAddressError
        return chosen.rstrip("/")
    host, port, by_tls = _set("HOST") or HOST, int(_set("PORT") or PORT), _set("TLS_CERT") is not None
    if not 0 <= port <= LAST_PORT:
        raise ValueError("CANALIZA_PORT")
    here = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if not by_tls:
        return f"http://{here}"
    return _set("PUBLIC_URL") or f"https://{here}"


def operator_token(folder: Path) -> str:
    """The operator's token of the system whose secrets are in this folder.

    Raises:
        UnsafeSecretsError: there is none, or users other than its owner could read it.
    """
    path = folder / INSTALLATION_FILE
    try:
        token = json.loads(read_private(path))["operator_token"]
    except (ValueError, TypeError, KeyError):
        raise UnsafeSecretsError(f"{path} is not JSON of the expected form") from None
    return str(token)


def _set(name: str) -> str | None:
    """A setting from the environment, upper or lower case, as pydantic reads it."""
    wanted = PREFIX + name
    return next((value for key, value in os.environ.items() if key.upper() == wanted), None)
