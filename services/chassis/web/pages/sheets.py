"""Printed sheets: nobody's pages, with a style of their own and no script, so that paper shows what was meant."""

import base64
import hashlib
from pathlib import Path

from markupsafe import Markup

from services.chassis.web.pages.templating import PageTemplates


class Sheet:
    """One template with its stylesheet, which is part of it: a sheet may be a file that is opened from a disk."""

    def __init__(self, templates: PageTemplates, name: str) -> None:
        """``name`` is that of the template; the stylesheet is beside it, under the same name."""
        self._templates = templates
        self._name = name
        style = Path(templates.folder / name).with_suffix(".css").read_text(encoding="utf-8").strip()
        self.style = Markup(style)  # noqa: S704 - a file of ours
        self.policy = f"default-src 'none'; style-src {source_of(style)}; base-uri 'none'; form-action 'none'"
        """The content security policy: this one style and nothing else."""

    def render(self, language: str, **parts: object) -> str:
        """The HTML in one language."""
        return self._templates.printed(self._name, language, print_style=self.style, **parts)


def source_of(style: str) -> str:
    """The hash of a stylesheet as a source of a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
