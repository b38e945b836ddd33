"""``canaliza …``: everything an operator, an auditor or a shelter's technician does from a terminal.

Spanish first. Exit codes: 0 done · 1 the answer is no, or something was not as it should be · 2 the
command's words are off · 3 the system cannot be reached · 4 the credential does not allow it.
"""

import typer

from services.cli import (
    accounts,
    contacts,
    directory,
    directory_exchange,
    loading,
    operating,
    people,
    reading,
    rules,
    running,
    upkeep,
)

app = typer.Typer(
    name="canaliza",
    help="Canalización de personas en riesgo en tránsito · Referral of people at risk in transit.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks print local variables
    rich_markup_mode=None,
)
account = typer.Typer(help="Cuentas de personas · People who sign in.", no_args_is_help=True)
audit = typer.Typer(help="Reconstruir y comprobar la historia · Replay and prove history.", no_args_is_help=True)
contact = typer.Typer(help="Cómo se avisa al personal · How the staff is reached.", no_args_is_help=True)
directories = typer.Typer(help="Quién es quién · Who is who: shelters, desks, hours.", no_args_is_help=True)
parked = typer.Typer(help="Hechos en espera · Events that could not be digested.", no_args_is_help=True)
rule = typer.Typer(help="Las reglas de canalización · The routing rules.", no_args_is_help=True)
token = typer.Typer(help="Credenciales de acceso · Access tokens.", no_args_is_help=True)

app.command()(running.up)
app.command()(running.demo)
app.command()(running.serve)
app.command()(running.migrate)
app.command()(upkeep.rebuild)
app.command()(upkeep.repair)
app.command()(loading.load)
app.command()(reading.referrals)
parked.command("list")(operating.parked)
parked.command("retry")(operating.retry)
audit.command("history")(reading.history)
contact.command("import")(contacts.import_)
contact.command("list")(contacts.listed)
contact.command("disable")(contacts.disable)
contact.command("enable")(contacts.enable)
directories.command("check")(directory.check)
directories.command("export")(directory_exchange.export)
directories.command("import")(directory_exchange.import_)
directories.command("phones")(directory.phones)
rule.command("explain")(rules.explain)
token.command("create")(accounts.create)
token.command("list")(accounts.list_)
token.command("revoke")(accounts.revoke)
for name, command in (("create", people.create), ("disable", people.disable), ("enable", people.enable),
                      ("reset", people.reset), ("link", people.link), ("list", people.list_)):  # fmt: skip
    account.command(name)(command)
app.add_typer(account, name="account")
app.add_typer(audit, name="audit")
app.add_typer(contact, name="contacts")
app.add_typer(directories, name="directory")
app.add_typer(parked, name="parked")
app.add_typer(rule, name="rules")
app.add_typer(token, name="token")


def main() -> None:
    """The console script."""
    app()
