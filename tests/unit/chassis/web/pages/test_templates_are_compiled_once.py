"""A template is compiled once for every language and folder."""

from pathlib import Path

import pytest
from jinja2.environment import Environment

from services.chassis.web.pages.templating import PageTemplates

MODULE = "services.intake.pages"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates whose source was compiled from now on."""
    names: list[str] = []
    compile_source = Environment.compile

    def counted(environment: Environment, source: str, name: str | None = None, *more: object) -> object:
        names.append(str(name))
        return compile_source(environment, source, name, *more)  # type: ignore[call-overload]

    monkeypatch.setattr(Environment, "compile", counted)
    return names


def test_the_second_language_uses_what_the_first_compiled(tmp_path: Path, compiled: list[str]) -> None:
    (tmp_path / "once.html").write_text("{{ lang }}", encoding="utf-8")
    templates = PageTemplates(MODULE, str(tmp_path))
    assert [templates.printed("once.html", language) for language in ("es", "en")] == ["es", "en"]
    assert compiled == ["once.html"]


def test_a_changed_template_is_compiled_anew(tmp_path: Path, compiled: list[str]) -> None:
    (tmp_path / "changed.html").write_text("before", encoding="utf-8")
    assert PageTemplates(MODULE, str(tmp_path)).printed("changed.html", "es") == "before"
    (tmp_path / "changed.html").write_text("after", encoding="utf-8")
    assert PageTemplates(MODULE, str(tmp_path)).printed("changed.html", "es") == "after"
    assert compiled == ["changed.html", "changed.html"]
