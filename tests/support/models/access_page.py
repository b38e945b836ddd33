"""The page that says who may do what (docs/guides/access.md), read as tests use it. It knows nothing of the program."""

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "guides" / "access.md"

ROLES = {
    "TA": "shelter_worker",
    "CA": "shelter_coordinator",
    "IN": "integrator",
    "OF": "officer",
    "SU": "supervisor",
    "CP": "programme_coordinator",
    "AU": "auditor",
    "AD": "administrator",
    "OP": "operator",
}
"""The columns, as the page introduces them."""
OF_A_SHELTER = ("shelter_worker", "shelter_coordinator", "integrator")
OF_AN_AGENCY = ("officer", "supervisor")

SIGNED_IN = "cuenta"
ACCOUNT = "☉"
"""Marks the actions that need an account."""
PUBLIC = "público"
OF_THINGS = frozenset(
    {
        *("caso", "canalización", "contacto", "exigencia", "enlace", "mesa", "suscripción", "albergue"),
        *("acceso", "aviso", "rechazo", "pareja", "persona", "pregunta", "tarea", "lugar", "teléfono"),
    }
)
"""What says itself whose it is."""
KINDS = OF_THINGS | {"hoja", "lista", "documento", "nadie", SIGNED_IN, PUBLIC}


@dataclass(frozen=True, slots=True)
class Entry:
    """One route's line."""

    method: str
    path: str
    action: str | None
    whose: str


@dataclass(frozen=True, slots=True)
class Page:
    """``cells``: ``propio``, ``guardia``, ``salvo``, ``todo`` ``no``; by role, action. ``routes``: by method, path.
    ``people``: the actions that need an account.
    """

    cells: dict[tuple[str, str], str]
    routes: dict[tuple[str, str], Entry]
    people: frozenset[str]

    @property
    def actions(self) -> set[str]:
        """Every action that has a line."""
        return {action for _, action in self.cells}


def read_page(text: str | None = None) -> Page:
    """The page's two tables."""
    written = PAGE.read_text(encoding="utf-8") if text is None else text
    cells: dict[tuple[str, str], str] = {}
    routes: dict[tuple[str, str], Entry] = {}
    columns: list[str] = []
    people: set[str] = set()
    for line in written.splitlines():
        row = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if len(row) == len(ROLES) + 1 and row[1] in ROLES:
            columns = [ROLES[short] for short in row[1:]]
        elif len(row) == len(ROLES) + 1 and row[0].startswith("`"):
            action = _code(row[0])
            if row[0].startswith(f"`{action}` {ACCOUNT} "):
                people.add(action)
            for role, cell in zip(columns, row[1:], strict=True):
                assert cell in {"propio", "guardia", "salvo", "todo", "no"}, line
                assert (role, action) not in cells, line
                cells[role, action] = cell
        elif len(row) == 3 and row[0].startswith("`"):
            method, path = _code(row[0]).split(" ")
            assert row[2] in KINDS, line
            assert (method, path) not in routes, line
            routes[method, path] = Entry(method, path, _code(row[1]) if row[1] else None, row[2])
    return Page(cells, routes, frozenset(people))


def _code(cell: str) -> str:
    found = re.match(r"`([^`]+)`", cell)
    assert found is not None, cell
    return found[1]
