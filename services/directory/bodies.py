"""Which national body has the legal duty, by category and state, and how it is shown to people."""

from collections.abc import Collection
from dataclasses import dataclass, field

from events.vocabulary import RiskCategory
from services.directory.loading import load_directory
from services.directory.model import Counterpart, Directory


@dataclass(frozen=True, slots=True)
class LegalBody:
    """A national body as it is shown."""

    code: str
    name: str
    es: str
    """Its duty, in Spanish."""
    en: str
    telephone: str | None
    address: str | None
    categories: tuple[RiskCategory, ...] = ()
    prosecutor: bool = False


@dataclass(frozen=True, slots=True)
class LegalBodies:
    """The national bodies of a directory."""

    directory: Directory = field(repr=False)

    def for_categories(
        self, categories: Collection[RiskCategory], shelter: str, *, prosecutors: bool
    ) -> tuple[str, ...]:
        """The codes of the bodies with the duty for any of these categories, in the shelter's state.

        ``prosecutors``: prosecutors' offices, too.
        """
        state = self._state(shelter)
        wanted = {code for one in categories for code in self.directory.bodies_for(one, state)}
        found = ((code, body) for code, body in self.directory.counterparts.items() if code in wanted)
        return tuple(code for code, body in found if prosecutors or not body.prosecutor)

    def of_shelter(self, shelter: str) -> list[LegalBody]:
        """Every body with a duty in the shelter's state, in the directory's order; of an unknown shelter all."""
        state = self._state(shelter)
        return [
            _shown(code, body)
            for code, body in self.directory.counterparts.items()
            if state is None or not body.states or state in body.states
        ]

    def in_state_of(self, code: str, shelter: str) -> str | None:
        """The code of this body's office for the shelter's state (``CODE-CHP``), or of the body itself."""
        state = self._state(shelter)
        offices = (
            each
            for each, body in self.directory.counterparts.items()
            if each.startswith(f"{code}-") and state in body.states
        )
        return next(offices, code if code in self.directory.counterparts else None)

    def shown(self, codes: Collection[str]) -> list[LegalBody]:
        """The bodies of these codes, in the directory's order."""
        return [_shown(code, body) for code, body in self.directory.counterparts.items() if code in codes]

    def _state(self, shelter: str) -> str | None:
        entry = self.directory.shelters.get(shelter)
        return None if entry is None else entry.state


def _shown(code: str, body: Counterpart) -> LegalBody:
    return LegalBody(
        code=code,
        name=body.name,
        es=body.duty.es,
        en=body.duty.en,
        telephone=body.telephone,
        address=body.address,
        categories=body.categories,
        prosecutor=body.prosecutor,
    )


def legal_bodies() -> LegalBodies:
    """The bodies of the directory in force.

    Raises:
        PolicyFaultsError: it has faults.
    """
    return LegalBodies(load_directory())
