"""What ``canaliza up`` says once it is up, and the first sign-ins."""

import sys

import asyncpg
from rich.console import Console

from events.vocabulary import Role
from services.chassis.access import EVERYWHERE
from services.chassis.clock import system_clock
from services.chassis.names import SHELTERS
from services.chassis.tokens import create_token
from services.system import Ground

FIRST = (
    (Role.SHELTER_WORKER, "ALB-TAP-01", "Albergue · Shelter"),
    (Role.OFFICER, "UNICEF", "Mesa de guardia de UNICEF · UNICEF's desk"),
    (Role.OFFICER, "ACNUR", "Mesa de guardia de ACNUR · ACNUR's desk"),
    (Role.AUDITOR, EVERYWHERE, "Auditoría · Auditor"),
)


async def first_sign_ins(ground: Ground) -> list[tuple[str, str]]:
    """Tokens to begin with, made at the first start only. Returns (whose, token)."""
    assert ground.settings.postgres_dsn is not None  # noqa: S101 - a ground has servers
    connection = await asyncpg.connect(ground.settings.postgres_dsn.get_secret_value())
    try:
        return [
            (name, await create_token(connection, role=role, org=org, label="first", at=system_clock()))
            for role, org, name in FIRST
        ]
    finally:
        await connection.close()


def welcome(console: Console, url: str, ground: Ground, tokens: list[tuple[str, str]]) -> None:
    """Where it is, how to get in, and what to try."""
    names = ground.settings.names
    console.print(f"\n[bold]canaliza[/bold] está en marcha · is up: [bold]{url}[/bold]")
    console.print(f"  API        {url}/api/openapi.json")
    console.print(f"  Entrar     {url}/entrar")
    console.print(f"  Salud      {url}/health/ready")
    console.print(
        f"  NATS       {ground.settings.nats_url}  ({names.submit('<albergue>')}, usuario {names.user(SHELTERS)})"
    )
    console.print(f"  Datos      {ground.settings.data.resolve()}")
    if tokens:
        console.print("\nPrimeras credenciales, se muestran solo esta vez · First tokens, shown only this time:")
        for name, token in tokens:
            console.print(f"  {name:<44} {token}", soft_wrap=True)
    console.print("\nUna cuenta de persona · A person's account:")
    console.print(f"  {sys.argv[0]} account create p-003 --role ROL --org ORG", soft_wrap=True)
    console.print("Otra credencial · Another token:")
    console.print(f"  {sys.argv[0]} token create --role ROL --org ORG", soft_wrap=True)
    console.print("Ctrl-C para detener · to stop\n")
