"""``python -m tests.contract.read_model_pins``: pins what fills each read model, with the version that it says."""

import ast
import hashlib
import inspect
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from services.chassis.eventlog.projections import ReadModel
from services.system import MODELS

PINNED = Path(__file__).parent / "read_models.json"


def modules_of(model: ReadModel) -> list[Path]:
    """The source files with the functions that fill a model."""
    fills = [each for fill in model.fills.values() for each in (fill.project, fill.place) if each is not None]
    return sorted({Path(str(inspect.getsourcefile(_definition(each)))) for each in fills})


def _definition(fill: Callable[..., Any]) -> Any:
    if isinstance(fill, partial):
        return _definition(fill.func)
    return fill if inspect.isfunction(fill) or inspect.ismethod(fill) else type(fill)


def essence(text: str) -> str:
    """A program's lines without their indentation, comments of a whole line, and docstrings."""
    bodies = (getattr(node, "body", None) for node in ast.walk(ast.parse(text)))
    told = [one for body in bodies if isinstance(body, list) for one in body if _is_docstring(one)]
    spoken = {line for one in told for line in range(one.lineno, (one.end_lineno or one.lineno) + 1)}
    lines = (line.strip() for number, line in enumerate(text.splitlines(), 1) if number not in spoken)
    return "\n".join(line for line in lines if line and not line.startswith("#"))


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def digest_of(model: ReadModel) -> str:
    """A digest of what those files do."""
    texts = [essence(path.read_text()) for path in modules_of(model)]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def pins() -> dict[str, dict[str, Any]]:
    """Every model with its version and digest."""
    return {
        f"{service}.{model.name}": {"version": model.version, "digest": digest_of(model)}
        for service, models in sorted(MODELS.items())
        for model in models
    }


if __name__ == "__main__":
    PINNED.write_text(json.dumps(pins(), indent=2) + "\n")
