"""The states and transitions of domain.md §6, written down from the page and not from the program.

Each row names the line of the page that it stands on (147, and 154 to 173).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from events.vocabulary import ReferralState, Role

DESK = frozenset({"officer", "supervisor"})
"""Where §6 says officer, whoever is on duty at that desk: a supervisor is called when the officer is silent."""
SHELTER = frozenset({"shelter_worker", "shelter_coordinator", "integrator"})
"""Where §6 says shelter: its staff, and its own software."""
RULES = frozenset({"rules"})
"""Nobody asks for it: it follows from a fact."""
CLOCK = frozenset({"clock"})
"""Nobody asks for it: it follows from nobody's having done anything."""
EVERY_STATE = frozenset(state.value for state in ReferralState)
CLOSED_STATES = frozenset(
    {"loop_closed", "rerouted", "cancelled", "withdrawn", "no_contact", "failed", "entered_in_error"}
)
"""Line 173."""
OPEN_STATES = EVERY_STATE - CLOSED_STATES


class Row(NamedTuple):
    """One line of the table, or one of the several that it holds."""

    line: int
    command: str
    from_states: str
    to: str
    """Empty: it stays where it is."""
    by: frozenset[str]


TABLE = (
    Row(155, "release", "blocked_consent", "requested", RULES),
    Row(156, "acknowledge", "requested expired", "acknowledged", DESK),
    Row(157, "request-info", "requested acknowledged", "info_requested", DESK),
    Row(158, "supply-info", "info_requested", "acknowledged", SHELTER),
    Row(159, "accept", "requested acknowledged info_requested expired", "accepted", DESK),
    Row(160, "decline", "requested acknowledged info_requested expired", "declined", DESK),
    Row(161, "expire", "requested acknowledged info_requested", "expired", CLOCK),
    Row(162, "reroute", "declined expired", "rerouted", frozenset({"programme_coordinator"})),
    Row(163, "schedule", "accepted scheduled", "scheduled", DESK),
    Row(164, "start", "accepted scheduled", "in_service", DESK),
    Row(165, "deliver", "accepted scheduled in_service", "delivered", DESK),
    Row(166, "confirm", "delivered", "loop_closed", SHELTER),
    Row(167, "fail", "accepted scheduled in_service", "failed", DESK),
    Row(167, "no-contact", "accepted scheduled in_service", "no_contact", DESK | SHELTER),
    Row(167, "no-contact", "requested acknowledged info_requested", "no_contact", DESK | SHELTER),
    Row(168, "cancel", "blocked_consent requested acknowledged info_requested", "cancelled", SHELTER),
    Row(168, "cancel", "accepted scheduled declined expired", "cancelled", SHELTER),
    Row(168, "cancel", "in_service", "cancelled", frozenset({"supervisor"})),
    Row(147, "confirm-deletion", "withdrawn", "", DESK),
    Row(169, "withdraw", " ".join(OPEN_STATES), "withdrawn", RULES),
    Row(
        170,
        "mark-in-error",
        " ".join(EVERY_STATE - {"entered_in_error"}),
        "entered_in_error",
        frozenset({"shelter_coordinator", "supervisor"}),
    ),
    Row(171, "reopen", " ".join(CLOSED_STATES), "", DESK | {"programme_coordinator", "shelter_coordinator"}),
)
"""All but ``propose``, with which a life begins."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a command leads from one state, and who may ask for it."""

    to: str
    by: frozenset[str]


Cells = Mapping[tuple[str, str], Cell]

CELLS: Cells = {
    (row.command, state): Cell(row.to or state, row.by) for row in TABLE for state in row.from_states.split()
}
COMMANDS = sorted({row.command for row in TABLE if row.by not in (RULES, CLOCK)})
"""What people ask for."""


def told(cells: Cells, command: str, state: str, role: Role) -> str:
    """What the table tells somebody who asks for a step: ``yes``, or the refusal's code."""
    if (command, state) not in cells:
        return "illegal_step"
    return "yes" if role.value in cells[command, state].by else "not_allowed"


def commands_from(state: str, cells: Cells = CELLS) -> list[str]:
    """What people may ask for of a referral in this state, one or the other of them."""
    return [command for command in COMMANDS if (command, state) in cells]
