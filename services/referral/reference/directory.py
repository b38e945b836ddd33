"""The directory as one shelter may see it: whom to call in its own state, and which body has which legal duty."""

from collections.abc import Iterable

from events.vocabulary import FirstStep
from services.chassis.locales import catalogue
from services.referral.bodies.ports import Bodies, BodyOfAState
from services.referral.first_steps.domain import ORDER
from services.referral.phones.ports import PhoneBook
from services.referral.reference.schemas import DirectoryOfAShelter, FirstStepInWords, LegalBodyInWords, PhoneOfADesk

WITH_A_NUMBER = frozenset({FirstStep.EMERGENCY_NUMBER, FirstStep.IF_WANTED_EMERGENCY_NUMBER})

_WORDS = catalogue(__name__)


def directory_of(shelter: str, language: str, phones: PhoneBook, bodies: Bodies) -> DirectoryOfAShelter:
    """Desks, bodies and first steps of a shelter, in a language. No person, and no other shelter, is in it."""
    say = _WORDS(language)
    return DirectoryOfAShelter(
        shelter=shelter,
        language=language,
        emergency=phones.emergency,
        desks=[
            PhoneOfADesk(
                agency=desk.agency,
                name=say(f"agency.{desk.agency}"),
                desk=desk.desk,
                hours=desk.hours,
                telephones=list(desk.numbers),
            )
            for desk in phones.desks_of_shelter(shelter, language)
        ],
        bodies=list(_bodies(bodies.of_shelter(shelter), language)),
        first_steps=[
            FirstStepInWords(
                code=one,
                text=say.sentence(f"first_step.{one}"),
                number=phones.emergency if one in WITH_A_NUMBER else None,
            )
            for one in ORDER
        ],
    )


def _bodies(found: Iterable[BodyOfAState], language: str) -> Iterable[LegalBodyInWords]:
    for one in found:
        yield LegalBodyInWords(
            code=one.code,
            name=one.name,
            duty=one.en if language == "en" else one.es,
            telephone=one.telephone,
            address=one.address,
            categories=sorted(one.categories),
            prosecutor=one.prosecutor,
        )
