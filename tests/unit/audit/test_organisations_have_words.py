"""Nobody reads the code of an organisation: an agency is named as people write it, and whoever audits is no shelter."""

from datetime import UTC, datetime

from events.contract import Recorded
from events.vocabulary import Agency
from services.audit.knowledge.domain import AUDITORS
from services.audit.pages.frame import TEMPLATES
from services.audit.pages.words_of_moments import Words
from services.audit.prose import describe
from services.audit.prose.people import actor_in_words, organisation_in_words
from tests.support.builders.referral import PROPOSED, recorded


def test_whoever_audits_is_named_as_such_on_the_page_of_a_moment() -> None:
    words = Words(TEMPLATES.words("es"), datetime(2026, 3, 2, tzinfo=UTC))
    assert words.organisation(AUDITORS) == "Quienes auditan los registros"
    assert words.organisation("ALB-IXT-01") == "Albergue ALB-IXT-01"


def test_an_agency_is_named_as_people_write_it_in_every_sentence() -> None:
    fact = recorded(PROPOSED.model_copy(update={"agency": Agency.ONU_MUJERES}), 1)
    said = describe(Recorded(**{**fact.__dict__, "actor": "officer:ONU_MUJERES:p-013"}))
    say = TEMPLATES.words("es")
    for words in (
        said.es,
        said.en,
        organisation_in_words("ONU_MUJERES", say),
        actor_in_words("officer:ONU_MUJERES:p-013", say),
        say("audit.case.referral", code="7F3K", agency=Agency.ONU_MUJERES),
    ):
        assert "ONU MUJERES" in words
        assert "_" not in words
