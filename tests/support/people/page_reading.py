"""Pages as a test reads them: what can be read, in one line, without the tags."""

import html
import re

import httpx2

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b")
"""What looks like a code of the program: nobody is shown one."""
TAG, HIDDEN = re.compile(r"<[^>]+>"), re.compile(r"<(script|style|template)\b.*?</\1>", re.DOTALL)


def headers(language: str = "es") -> dict[str, str]:
    """What a browser sends."""
    return {"Accept": "text/html", "Accept-Language": language, "Sec-Fetch-Site": "same-origin"}


def words_of(page: str) -> str:
    """What can be read on a page, in one line."""
    return " ".join(html.unescape(TAG.sub(" ", HIDDEN.sub(" ", page))).split())


async def looked_at(client: httpx2.AsyncClient, path: str, language: str = "es") -> str:
    """A page that is there, as HTML; it names nothing by an id or by a code."""
    answer = await client.get(path, headers=headers(language))
    assert answer.status_code == 200, f"{path}: {answer.status_code} {words_of(answer.text)[:300]}"
    seen = words_of(answer.text)
    assert not UUID.search(seen), f"{path} shows an id: {seen}"
    assert not CODE.search(seen), f"{path} shows a code: {CODE.findall(seen)}"
    assert f'<html lang="{language}">' in answer.text
    return answer.text


async def read(client: httpx2.AsyncClient, path: str, language: str = "es") -> str:
    """What can be read on a page that is there."""
    return words_of(await looked_at(client, path, language))
