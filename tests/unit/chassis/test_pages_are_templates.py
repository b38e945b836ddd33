"""A page is a template: what comes from outside is escaped, what is missing is an error, and no page has a script."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request
from jinja2 import TemplateNotFound, UndefinedError

import services
from services.chassis.clock import MEXICO, system_clock
from services.chassis.errors import NotFoundError
from services.chassis.identity.page_forms import TEMPLATES as ENTRY
from services.chassis.web.pages.answers import page, policy
from services.chassis.web.pages.sheets import Sheet, source_of
from services.chassis.web.pages.templating import PageTemplates
from services.chassis.web.pages.viewer import Viewer
from services.directory import phones

EVERY = sorted(Path(services.__file__).parent.rglob("templates/**/*.html"))
NOBODY = Viewer(None, "es", MEXICO)
ABOUT: dict[str, Any] = {
    "fault": None, "nonce": "N", "doors": (), "here": None, "path": "/entrar", "address": "/entrar", "done": "",
    "request_id": "", "account": "", "elsewhere": False, "passkeys": True, "languages": ("es", "en"), "title": "",
}  # fmt: skip


def named(path: Path) -> str:
    return path.name


def asked(path: str = "/entrar") -> Request:
    return Request({"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [], "state": {}})


def test_what_comes_from_outside_cannot_become_part_of_the_page() -> None:
    evil: dict[str, Any] = {"back": "/c/'\"><script>x</script>"}
    shown = ENTRY.render("password.html", NOBODY, system_clock(), **{**ABOUT, **evil})
    assert "<script>" not in shown
    assert 'value="/c/&#39;&#34;&gt;&lt;script&gt;x&lt;/script&gt;"' in shown


def test_what_a_template_is_not_given_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(UndefinedError):
        ENTRY.render("password.html", NOBODY, system_clock(), **ABOUT)


def test_a_service_has_no_templates_but_its_own_and_the_shared_ones() -> None:
    with pytest.raises(TemplateNotFound):
        PageTemplates("services.intake.slips.pages", "slips/templates").printed("password.html", "es")


def test_a_refusal_is_said_at_the_top_of_the_page_and_gives_it_its_status() -> None:
    parts: dict[str, Any] = {"back": "/entrar", "has_passkey": False, "languages": ("es", "en"), "passkeys": False}
    shown = page(asked(), ENTRY, "code.html", fault=NotFoundError(), confidential=True, **parts)
    text = bytes(shown.body).decode()
    assert shown.status_code == 404
    assert text.index("No existe") < text.index('<form method="post" action="/entrar/codigo"')


def test_the_policy_of_a_page_admits_what_has_its_nonce_and_nothing_inline() -> None:
    parts: dict[str, Any] = {"back": "/entrar", "has_passkey": False, "languages": ("es", "en"), "passkeys": False}
    shown = page(asked(), ENTRY, "code.html", confidential=True, **parts)
    text, said = bytes(shown.body).decode(), shown.headers["content-security-policy"]
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', text))
    assert said == policy(nonce)
    assert "unsafe" not in said


@pytest.mark.parametrize("sheet", ["services.intake.slips.pages/slips/templates/slip.html",
                                   "services.directory.phones/templates/phones.html"])  # fmt: skip
def test_the_policy_of_a_printed_sheet_admits_the_very_style_that_is_on_it(sheet: str) -> None:
    module, _, path = sheet.partition("/")
    folder, _, name = path.rpartition("/")
    found = Sheet(PageTemplates(module, folder), name)
    parts: dict[str, Any] = {
        "code": "7F3K",
        "texts": (),
        "sheet": phones.PhoneList("Lista", "911", ()),
        "blank": "",
        "policy": "",
    }
    (style,) = re.findall("<style>(.*?)</style>", found.render("es", **parts), re.DOTALL)
    assert source_of(style) in found.policy
    assert "unsafe" not in found.policy


OWN_SCRIPT = re.compile(
    r"""<script type="module" src="\{\{ asset\("[a-z_-]+\.js"\) \}\}" nonce="\{\{ nonce \}\}"></script>"""
)
"""A module of ours, which the policy of the page admits by its nonce."""


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_no_template_has_a_script_but_ours_an_inline_style_or_anything_from_elsewhere(path: Path) -> None:
    text = OWN_SCRIPT.sub("", path.read_text(encoding="utf-8"))
    assert not re.search(r"<script|style=|(?<![\w-])on[a-z]+=|https?:|\|\s*safe", text)
