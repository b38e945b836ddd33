"""Renders templates in one language, with the macros, the words and the moments that all pages share."""

from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.chassis.locales import Catalogue, catalogue
from services.chassis.web.pages import moments
from services.chassis.web.pages.assets import asset
from services.chassis.web.pages.viewer import Viewer

if TYPE_CHECKING:
    from jinja2 import Environment

_SERVICES = Path(__file__).parents[3]
SHARED = Path(__file__).with_name("templates")


class PageTemplates:
    """The templates of one folder. Values are escaped; an undefined variable is an error."""

    def __init__(self, module: str, folder: str) -> None:
        """``module`` (``__name__``) names the service whose texts they use; ``folder`` is a path inside it.

        What lies beside the folder is found, too: what several pages of the service share.
        """
        self.words: Catalogue = catalogue(module)
        self.folder = _SERVICES / module.split(".")[1] / folder
        self._in = cache(self._in_language)

    def render(self, name: str, viewer: Viewer, now: datetime, **parts: Any) -> str:
        """The HTML of a template for a viewer at this moment."""
        say, zone = self.words(viewer.language), viewer.zone

        def told(at: datetime) -> str:
            return moments.moment(at, zone, say, now)

        def day(at: datetime) -> str:
            return moments.day(at, zone, say, now)

        def hour(at: datetime) -> str:
            return f"{at.astimezone(zone):%H:%M}"

        def exact(at: datetime) -> str:
            return moments.exact(at, zone)

        def left(at: datetime) -> str:
            return moments.left(at, say, now)

        def wait(seconds: int) -> str:
            return moments.waiting(seconds, say)

        said = {"moment": told, "day": day, "hour": hour, "exact": exact, "left": left, "wait": wait}
        return self._in(viewer.language).get_template(name).render(viewer=viewer, now=now, **said, **parts)

    def printed(self, name: str, language: str, **parts: Any) -> str:
        """The HTML of a sheet to print: it has no viewer and no clock."""
        return self._in(language).get_template(name).render(**parts)

    def _in_language(self, language: str) -> "Environment":
        """The environment of a language: ``t`` says a key, ``n`` its plural, ``has`` whether there is such a key."""
        environment = self._environment.overlay()
        say = self.words(language)
        environment.globals = {
            **self._environment.globals,
            "t": say,
            "n": say.plural,
            "has": say.texts.__contains__,
            "first": say.first,
            "lang": language,
        }
        return environment

    @cached_property
    def _environment(self) -> "Environment":
        from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - loaded only when a page is rendered

        from services.chassis.web.pages.bytecode import shared_bytecode  # noqa: PLC0415 - likewise

        environment = Environment(
            bytecode_cache=shared_bytecode(),
            loader=FileSystemLoader([self.folder, self.folder.parent, SHARED]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals |= {"asset": asset}
        return environment
