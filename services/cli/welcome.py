"""The message of ``canaliza up`` when the system is up."""

import sys
from collections.abc import Mapping

from rich.console import Console

from services.chassis.clock import MEXICO
from services.chassis.names import shelter_user
from services.chassis.secrets.folder import keys_folder
from services.system import FirstSignIns, Installation

OF_SYSTEMD = ("INVOCATION_ID", "JOURNAL_STREAM")
"""What systemd sets for a unit (systemd.exec(5)): its output goes to the journal."""


def output_is_a_log(environment: Mapping[str, str]) -> bool:
    """Whether what this process prints is kept in a log, where no token may be."""
    return any(environment.get(name) for name in OF_SYSTEMD)


def welcome(
    console: Console, url: str, installation: Installation, tokens: FirstSignIns | None, *, first: bool
) -> None:
    """Prints the addresses, the first tokens and what to try. ``first``: nobody has a token or an account yet."""
    names = installation.settings.names
    console.print(f"\n[bold]canaliza[/bold] está en marcha · is up: [bold]{url}[/bold]")
    console.print(f"  API                {url}/api/openapi.json")
    console.print(f"  Entrar · Sign in   {url}/entrar")
    console.print(f"  Salud · Health     {url}/health/ready")
    user = names.user(shelter_user("<albergue>"))
    nats = f"{installation.settings.nats_url}  ({names.submit('<albergue>')}, usuario · user {user})"
    console.print(f"  NATS               {nats}", soft_wrap=True)
    settings = installation.settings
    console.print(f"  Datos · Data       {settings.data.resolve()}", soft_wrap=True)
    keys = keys_folder(settings.data, settings.keys).resolve()
    console.print(f"  Llaves · Keys      {keys}  (respáldelas aparte · back them up apart)", soft_wrap=True)
    if tokens is not None:
        _show(tokens)
    elif first:
        console.print("\nNadie tiene credencial todavía · Nobody has a token yet:")
    console.print("\nUna cuenta de persona · A person's account:")
    console.print(f"  {sys.argv[0]} account create p-CÓDIGO --role ROL --org ORG", soft_wrap=True)
    console.print("Otra credencial · Another token:" if not first or tokens else "Una credencial · A token:")
    console.print(f"  {sys.argv[0]} token create --role ROL --org ORG", soft_wrap=True)
    console.print("Ctrl-C para detener · to stop\n")


def _show(first: FirstSignIns) -> None:
    """Prints the first tokens to the command's own output, apart from the lines of the log."""
    console = Console(highlight=False)
    until = first.expires_at.astimezone(MEXICO).strftime("%d/%m/%Y %H:%M")
    console.print("\nPrimeras credenciales, se muestran solo esta vez · First tokens, shown only this time:")
    for name, token in first.tokens:
        console.print(f"  {name:<44} {token}", soft_wrap=True)
    console.print(f"  Vencen el {until} (hora de México) · They expire then, Mexico City time", soft_wrap=True)
