"""What the referral service needs to know about national bodies with a legal duty."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from events.vocabulary import RiskCategory


class Body(Protocol):
    """A national body as it is shown to people."""

    @property
    def code(self) -> str:
        """Its code in the directory."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def es(self) -> str:
        """Its duty, in Spanish."""

    @property
    def en(self) -> str:
        """Its duty, in English."""

    @property
    def telephone(self) -> str | None:
        """Its public telephone, if the directory has one."""

    @property
    def address(self) -> str | None:
        """Its public address, if the directory has one."""


class BodyOfAState(Body, Protocol):
    """A national body with what says when it is shown."""

    @property
    def categories(self) -> Collection[RiskCategory]:
        """The categories for which it has the duty."""

    @property
    def prosecutor(self) -> bool:
        """Whether it is a prosecutor's office, which is not shown by default where an authority is feared."""


class Bodies(Protocol):
    """The national bodies of the directory. No rule reaches them: people contact them."""

    def for_categories(
        self, categories: Collection[RiskCategory], shelter: str, *, prosecutors: bool
    ) -> tuple[str, ...]:
        """The codes of the bodies with the duty for any of these categories, in the shelter's state."""

    def of_shelter(self, shelter: str) -> Sequence[BodyOfAState]:
        """Every body with a duty in the shelter's state, in the directory's order."""

    def in_state_of(self, code: str, shelter: str) -> str | None:
        """The code of this body's office for the shelter's state, or of the body; ``None``: not in the directory."""

    def shown(self, codes: Collection[str]) -> Sequence[Body]:
        """The bodies of these codes as they are shown; those that the directory no longer has are left out."""


@dataclass(frozen=True, slots=True)
class NoBodies:
    """A programme without a directory."""

    def for_categories(
        self,
        categories: Collection[RiskCategory],  # noqa: ARG002 - without a directory there is none
        shelter: str,  # noqa: ARG002 - likewise
        *,
        prosecutors: bool,  # noqa: ARG002 - likewise
    ) -> tuple[str, ...]:
        """Without a directory no body has a code."""
        return ()

    def of_shelter(self, shelter: str) -> Sequence[BodyOfAState]:  # noqa: ARG002 - without a directory there is none
        """Without a directory there is none."""
        return ()

    def in_state_of(self, code: str, shelter: str) -> str | None:  # noqa: ARG002 - without a directory there is none
        """Without a directory no body has a code."""
        return None

    def shown(self, codes: Collection[str]) -> Sequence[Body]:  # noqa: ARG002 - without a directory there is none
        """Without a directory nothing is shown."""
        return ()
