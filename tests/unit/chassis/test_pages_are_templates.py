"""A page is a template: what comes from outside is escaped, what is missing is an error, and no page has a script."""

import re
from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError

import services
from services.chassis.errors import NotFoundError
from services.chassis.web.html import HEADERS, page, source_of
from services.chassis.web.templating import STYLE, Templates

EVERY = sorted(Path(services.__file__).parent.rglob("templates/**/*.html"))
ENTRY = Templates("services.chassis.identity.pages", "web/templates/identity")


def named(path: Path) -> str:
    return path.name


def test_what_comes_from_outside_cannot_become_part_of_the_page() -> None:
    shown = ENTRY.render("password.html", fault=None, back="/c/'\"><script>x</script>", elsewhere="")
    assert "<script" not in shown
    assert 'value="/c/&#39;&#34;&gt;&lt;script&gt;x&lt;/script&gt;"' in shown


def test_what_a_template_is_not_given_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(UndefinedError):
        ENTRY.render("password.html", fault=None, elsewhere="")


def test_a_service_has_no_templates_but_its_own_and_the_shared_ones() -> None:
    with pytest.raises(TemplateNotFound):
        Templates("services.referral.app", "pages/templates/referral").render("slip.html")


def test_a_refusal_is_said_at_the_top_of_the_page_spanish_first_and_gives_it_its_status() -> None:
    shown = page(ENTRY, "code.html", fault=NotFoundError(), back="/entrar")
    text = bytes(shown.body).decode()
    assert shown.status_code == 404
    assert text.index("No existe") < text.index("It does not exist") < text.index("<form")


def test_the_policy_allows_the_very_style_that_is_on_the_page() -> None:
    text = bytes(page(ENTRY, "code.html", back="/entrar").body).decode()
    (style,) = re.findall("<style>(.*?)</style>", text, re.DOTALL)
    assert style == STYLE
    assert source_of(style) in HEADERS["Content-Security-Policy"]


OWN_SCRIPT = re.compile(
    r"""<script type="module" src="\{\{ asset\("[a-z_]+\.js"\) \}\}" nonce="\{\{ nonce \}\}"></script>"""
)
"""A module of ours, which the policy of the page admits by its nonce."""


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_no_template_has_a_script_but_ours_an_inline_style_or_anything_from_elsewhere(path: Path) -> None:
    text = OWN_SCRIPT.sub("", path.read_text(encoding="utf-8"))
    assert not re.search(r"<script|style=|\bon[a-z]+=|https?:|\|\s*safe", text)
