"""The slip as a page to print, without logo, shelter, date, address or purpose.

Spanish first, then the person's language if the catalogue has it.
"""

from markupsafe import Markup

from services.chassis.locales import SPANISH, catalogue
from services.chassis.web.html import source_of
from services.chassis.web.templating import Templates

TEMPLATES = Templates(__name__, "slips/templates")
WORDS = catalogue(__name__)
TEXT = "slip.keep_the_word"
STYLE = (TEMPLATES.folder / "slip.css").read_text(encoding="utf-8").strip()
"""The page has no margin, so that a browser prints neither address nor date there."""
POLICY = (
    f"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; style-src {source_of(STYLE)}"
)
"""Content security policy of the page: allows this one style and nothing else."""


def page(code: str, language: str | None) -> str:
    """The page in Spanish and in the BCP 47 ``language``."""
    own = (language or SPANISH).partition("-")[0].lower()
    languages = [SPANISH, *([own] if own != SPANISH and TEXT in WORDS.own(own) else [])]
    style = Markup(STYLE)  # noqa: S704 - a file of ours
    return TEMPLATES.render(
        "slip.html", code=code, texts=[(one, WORDS(one)(TEXT)) for one in languages], print_style=style
    )
