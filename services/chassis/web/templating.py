"""Renders a service's templates with the texts of its catalogue and the macros that all pages share."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from services.chassis.locales import ENGLISH, SPANISH, catalogue

if TYPE_CHECKING:
    from jinja2 import Environment

_SERVICES = Path(__file__).parents[2]
SHARED = Path(__file__).with_name("templates")
STYLE = (SHARED / "style.css").read_text(encoding="utf-8")
"""The stylesheet of every page on a screen; printed pages have their own."""


class Templates:
    """The templates of one folder. Values are escaped; an undefined variable is an error."""

    def __init__(self, module: str, folder: str) -> None:
        """``module`` (``__name__``) names the service whose texts they use; ``folder`` is a path inside it."""
        self._words = catalogue(module)
        self.folder = _SERVICES / module.split(".")[1] / folder

    def render(self, name: str, /, **parts: Any) -> str:
        """The HTML of a template."""
        return self._environment.get_template(name).render(**parts)

    @cached_property
    def _environment(self) -> "Environment":
        from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - loaded only when a page is rendered

        environment = Environment(
            loader=FileSystemLoader([self.folder, SHARED]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        style = Markup(STYLE)  # noqa: S704 - a file of ours
        environment.globals |= {"es": self._words(SPANISH), "en": self._words(ENGLISH), "style": style}
        return environment
