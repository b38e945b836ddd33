"""Asking every service, also where each is a process of its own behind a proxy: a part never passes for the whole."""

from dataclasses import dataclass, field
from typing import Any

from services.chassis.names import SERVICES
from services.cli.client import NO, UNREACHABLE, ask, fail

READY = "/api/v1/operate/ready"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the services of an installation answer."""

    prefixes: tuple[str, ...]
    """Before every path: nothing where one address answers for all it has, else one for each service that answers."""
    silent: tuple[str, ...] = ()
    """Services that did not answer, or that nobody asked."""
    readiness: dict[str, Any] = field(default_factory=dict)
    """Their answers about readiness, by service."""

    def of(self, service: str) -> str:
        """The prefix of one service."""
        return "" if self.prefixes == ("",) else prefix(service)

    def complain(self) -> None:
        """Says which services are missing.

        Raises:
            typer.Exit: one is.
        """
        if self.silent:
            listed = ", ".join(self.silent)
            raise fail(
                UNREACHABLE,
                f"Sin respuesta de: {listed}. Lo de arriba no es todo. Con procesos aparte, CANALIZA_URL es el proxy.",
                f"No answer of: {listed}. The above is not all. With processes apart CANALIZA_URL is the proxy.",
            )


def prefix(service: str) -> str:
    """What the proxy puts before the paths that every service has."""
    return f"/services/{service}"


def layout(url: str | None, token: str | None) -> Layout:
    """Finds out whether one address answers for every service, or each is asked by its name.

    Raises:
        typer.Exit: nothing answers, or the credential does not allow it.
    """
    found = ask("GET", READY, url, token, also={404, 503})
    if "services" in found:
        answering = found["services"]
        return Layout(("",), tuple(name for name in SERVICES if name not in answering), answering)
    answers = {name: ask("GET", prefix(name) + READY, url, token, also={404, 503}) for name in SERVICES}
    ready = {name: each["services"][name] for name, each in answers.items() if name in each.get("services", ())}
    if not ready:
        raise fail(NO, "Sin base de datos no se sabe quién pregunta.", "Without the database nobody can be told.")
    return Layout(tuple(map(prefix, ready)), tuple(name for name in SERVICES if name not in ready), ready)


def of_each(path: str, url: str | None, token: str | None) -> tuple[Layout, list[dict[str, Any]]]:
    """What every service answers to a GET, and how they are laid out.

    Raises:
        typer.Exit: nothing answers, or the credential does not allow it.
    """
    found = layout(url, token)
    return found, [ask("GET", each + path, url, token, also={503}) for each in found.prefixes]
