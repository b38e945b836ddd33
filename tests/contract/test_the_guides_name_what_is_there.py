import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
OURS = re.compile(r"`((?:services|tests|events|benchmarks|deploy|docs)/[\w./-]*\w)`")
MADE_BY_A_RUN = {ROOT / "benchmarks" / "results"}
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def missing_in(text: str, page: Path) -> list[str]:
    named = [ROOT / path for path in OURS.findall(text)]
    linked = [page.parent / target for target in LINK.findall(text)]
    return [str(path) for path in (*named, *linked) if not path.exists() and path not in MADE_BY_A_RUN]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_file_that_a_page_names_and_every_link_is_there(page: Path) -> None:
    assert missing_in(page.read_text(encoding="utf-8"), page) == []


def test_a_file_that_is_gone_is_found() -> None:
    page = ROOT / "README.md"
    assert missing_in("see `services/referral/steps.py` and [this](docs/nowhere.md)", page) == [
        str(ROOT / "services/referral/steps.py"),
        str(ROOT / "docs/nowhere.md"),
    ]
