"""Ways to break an installation, each of which is then mended as the doctor says."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from services.doctor.ground import Ground
from tests.support.doctoring.installed import Installed

Trial = AsyncIterator[Ground]
"""First an installation with the fault, then the same once the fix was done."""
Fault = Callable[[Installed, pytest.MonkeyPatch, Path], Trial]


def changed(broken: dict[str, Any], mended: dict[str, Any] | None = None) -> Fault:
    """A fault that is a setting."""

    async def trial(installed: Installed, _patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
        yield installed.ground(**broken)
        yield installed.ground(**(mended or {}))

    return trial


def patched(module: Any, name: str, value: Any) -> Fault:
    """A fault of a machine or server that cannot be made here: what counts as right is changed instead."""

    async def trial(installed: Installed, patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
        with patch.context() as context:
            context.setattr(module, name, value)
            yield installed.ground()
        yield installed.ground()

    return trial


def executed(broken: str, mended: str) -> Fault:
    """A fault of the database."""

    async def trial(installed: Installed, _patch: pytest.MonkeyPatch, _folder: Path) -> Trial:
        await installed.execute(broken)
        try:
            yield installed.ground()
        finally:
            await installed.execute(mended)
        yield installed.ground()

    return trial


def written(setting: str, broken: str, mended: str) -> Fault:
    """A fault of a file that a setting names."""

    async def trial(installed: Installed, _patch: pytest.MonkeyPatch, folder: Path) -> Trial:
        file = folder / f"{setting}.yaml"
        file.write_text(broken)
        yield installed.ground(**{setting: file})
        file.write_text(mended)
        yield installed.ground(**{setting: file})

    return trial
