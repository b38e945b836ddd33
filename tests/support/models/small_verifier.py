"""The single-file verifier, which is no module of the program, as a module."""

import importlib.util
import io
from contextlib import closing, redirect_stdout
from pathlib import Path
from types import ModuleType


def _loaded() -> ModuleType:
    path = Path(__file__).parents[3] / "verifier" / "canaliza_verify.py"
    specification = importlib.util.spec_from_file_location("canaliza_verify", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


SMALL = _loaded()


def by_the_small_one(path: Path, trust: str | None = None) -> tuple[bool, str]:
    """Whether it finds nothing, and what it says. ``trust``: the text of the auditor's own policy.

    Raises:
        SMALL.NotABundle: the file is no bundle.
    """
    said = io.StringIO()
    with redirect_stdout(said), closing(SMALL.Bundle(str(path))) as bundle:
        fine: bool = SMALL.Verification(bundle, None if trust is None else SMALL.Policy(trust)).run()
    return fine, said.getvalue()
