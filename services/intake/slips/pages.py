"""The slip as a page to print, without logo, shelter, date, address or purpose.

Spanish first, then the person's language if the catalogue has it.
"""

from services.chassis.locales import SPANISH, catalogue
from services.chassis.web.pages.sheets import Sheet
from services.chassis.web.pages.templating import PageTemplates

WORDS = catalogue(__name__)
TEXT = "slip.keep_the_word"
SHEET = Sheet(PageTemplates(__name__, "slips/templates"), "slip.html")
"""It has no margin, so that a browser prints neither address nor date there."""
POLICY = f"{SHEET.policy}; frame-ancestors 'none'"


def page(code: str, language: str | None) -> str:
    """The page in Spanish and in the BCP 47 ``language``."""
    own = (language or SPANISH).partition("-")[0].lower()
    languages = [SPANISH, *([own] if own != SPANISH and TEXT in WORDS.own(own) else [])]
    return SHEET.render(SPANISH, code=code, texts=[(one, WORDS(one)(TEXT)) for one in languages])
