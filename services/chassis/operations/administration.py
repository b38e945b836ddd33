"""Connects as the administrator, and says in words what the administrator lacks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import asyncpg

_REFUSED = (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)


class CannotAdministerError(Exception):
    """A server cannot be administered; the message has a sentence in Spanish and one in English, and no secret."""

    def __init__(self, es: str, en: str) -> None:
        """Both sentences say which server, and what to do."""
        super().__init__(f"{es} · {en}")
        self.es, self.en = es, en


@asynccontextmanager
async def administrator_of(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """An administrator's connection.

    Raises:
        CannotAdministerError: the server does not answer, has no such database, does not admit the administrator, or
            the administrator may not do what was tried.
    """
    connection = await _connected(dsn)
    try:
        yield connection
    except asyncpg.InsufficientPrivilegeError:
        raise CannotAdministerError(
            f"A quien administra PostgreSQL ({_who(dsn)}) le faltan permisos: CREATEROLE, ser dueño de la base de datos"
            " «canaliza» y quien creó los roles canaliza_…; o superusuario.",
            f"PostgreSQL's administrator ({_who(dsn)}) lacks rights: CREATEROLE, owning the database, and having"
            " created the roles canaliza_…; or superuser.",
        ) from None
    finally:
        await connection.close()


async def _connected(dsn: str) -> asyncpg.Connection:
    where = _where(dsn)
    try:
        return await asyncpg.connect(dsn)
    except asyncpg.InvalidCatalogNameError:
        name = _database(dsn)
        raise CannotAdministerError(
            f"PostgreSQL ({where}) no tiene la base de datos «{name}»: créela con  create database {name};",
            f"PostgreSQL ({where}) has no database {name}: create it with  create database {name};",
        ) from None
    except _REFUSED:
        raise CannotAdministerError(
            f"PostgreSQL ({where}) no admite a {_who(dsn)}: revise usuario y contraseña de CANALIZA_POSTGRES_DSN,"
            " y pg_hba.conf.",
            f"PostgreSQL ({where}) does not admit {_who(dsn)}: look at user and password of CANALIZA_POSTGRES_DSN,"
            " and at pg_hba.conf.",
        ) from None
    except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError):
        raise CannotAdministerError(
            f"PostgreSQL no responde en {where} (CANALIZA_POSTGRES_DSN).",
            f"PostgreSQL does not answer at {where} (CANALIZA_POSTGRES_DSN).",
        ) from None


def _where(dsn: str) -> str:
    """Host and port, or the folder of the socket; without user and password."""
    parts = urlsplit(dsn)
    found = parse_qs(parts.query)
    host = found.get("host", [parts.hostname or "localhost"])[0]
    return f"{host}:{found.get('port', [str(parts.port or 5432)])[0]}"


def _who(dsn: str) -> str:
    parts = urlsplit(dsn)
    return parse_qs(parts.query).get("user", [parts.username or "?"])[0]


def _database(dsn: str) -> str:
    parts = urlsplit(dsn)
    return parse_qs(parts.query).get("dbname", [parts.path.removeprefix("/") or "canaliza"])[0]
