"""The state of a case's routing in an answer, with its words."""

from services.chassis.locales import ENGLISH, SPANISH, catalogue
from services.chassis.web.schemas import Answer
from services.intake.routing.domain import RoutingState

WORDS = catalogue(__name__)


class CaseRouting(Answer):
    """How far the routing of the case has come, to tell a case where nothing fired from one nobody has looked at."""

    state: RoutingState
    es: str
    en: str

    @classmethod
    def of(cls, state: RoutingState) -> "CaseRouting":
        """The state with its words."""
        es, en = WORDS(SPANISH), WORDS(ENGLISH)
        return cls(
            state=state,
            es=es.find(f"routing.{state}", otherwise=state),
            en=en.find(f"routing.{state}", otherwise=state),
        )
