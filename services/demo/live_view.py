"""A live view of the day in the terminal, drawn from the API's answers."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from events.vocabulary import Agency, BlockReason, Urgency
from services.audit.prose.glossary import block_in_words
from services.chassis.clock import MEXICO

URGENCY_STYLE = {"U0": "bold red", "U1": "yellow", "U2": "cyan", "U3": "dim"}
STATES = {
    "requested": "enviadas · sent",
    "acknowledged": "con acuse · acknowledged",
    "accepted": "aceptadas · accepted",
    "declined": "no aceptadas · declined",
    "rerouted": "pasadas a otra agencia · rerouted",
    "expired": "vencidas · expired",
    "blocked_consent": "en espera · blocked",
}


@dataclass
class LiveView:
    """The figures of the view."""

    now: datetime
    total: int
    taken: int = 0
    referrals: list[dict[str, Any]] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    mails: int = 0

    def __rich__(self) -> RenderableType:
        """Drawn anew at each refresh."""
        return Group(self._headline(), Columns([self._desks(), Group(self._states(), self._blocked())], padding=(0, 3)))

    def _headline(self) -> RenderableType:
        hour = self.now.astimezone(MEXICO).strftime("%d/%m/%Y %H:%M")
        answered = sum(alert["state"] == "answered" for alert in self.alerts)
        return Panel(
            Text.assemble(
                (hour, "bold"),
                f"   registros {self.taken}/{self.total}   canalizaciones {len(self.referrals)}   ",
                f"avisos {len(self.alerts)} ({answered} respondidos)   correos {self.mails}",
            ),
            title="canaliza · Chiapas, Oaxaca, Tabasco",
            title_align="left",
        )

    def _desks(self) -> RenderableType:
        sent = Counter((one["agency"], one["urgency"]) for one in self.referrals if one["state"] != "blocked_consent")
        waiting = Counter(alert["agency"] for alert in self.alerts if alert["state"] == "pending")
        title = "Enviadas por mesa y urgencia · Sent, by desk and urgency"
        table = Table(box=None, title=title, title_justify="left", title_style="bold")
        table.add_column("")
        for urgency in Urgency:
            table.add_column(urgency.value, justify="right", style=URGENCY_STYLE[urgency.value])
        table.add_column("sin respuesta · unanswered", justify="right")
        for agency in Agency:
            counts = [str(sent[agency, urgency] or "·") for urgency in Urgency]
            table.add_row(agency.value, *counts, str(waiting[agency] or "·"))
        return table

    def _states(self) -> RenderableType:
        counts = Counter(one["state"] for one in self.referrals)
        table = Table(box=None, title="Estado · State", title_justify="left", title_style="bold", show_header=False)
        for state, label in STATES.items():
            table.add_row(label, str(counts[state]))
        return table

    def _blocked(self) -> RenderableType:
        counts = Counter(one["reason"] for one in self.referrals if one["state"] == "blocked_consent")
        table = Table(
            box=None,
            title="En espera, porque… · Waiting, because…",
            title_justify="left",
            title_style="bold",
            show_header=False,
        )
        for reason, count in counts.most_common():
            table.add_row(block_in_words(BlockReason(reason)), str(count))
        return table
