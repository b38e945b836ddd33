"""The search finds what it must find, in every form it could have."""

import json
import os
from base64 import b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.builders.canaries import CANARIES, leaks


class TestTheSearchItself:
    @pytest.mark.parametrize(
        "hide",
        [
            lambda text: text.encode(),
            lambda text: json.dumps({"x": text}).encode(),
            lambda text: json.dumps(json.dumps({"x": text})).encode(),
            lambda text: quote(text, safe="").encode(),
            lambda text: f"?q={quote(text)}&".encode(),
            lambda text: b64encode(text.encode()),
            lambda text: b64encode(b"a" + text.encode() + b"zz"),
            lambda text: urlsafe_b64encode(b"ab" + text.encode() + b"z"),
            lambda text: (
                b64encode(json.dumps({"x": text}, ensure_ascii=False).encode()) if "\n" not in text else text.encode()
            ),
            lambda text: text.encode().hex().encode(),
            lambda text: (
                b"\\x" + json.dumps({"x": text}, ensure_ascii=False).encode().hex().encode()
                if "\n" not in text
                else text.encode()
            ),
            lambda text: text.splitlines()[-1].upper().encode(),
        ],
    )
    @pytest.mark.parametrize("name", CANARIES)
    def test_it_finds_whatever_is_hidden(self, name: str, hide: Any) -> None:
        haystack = os.urandom(300) + hide(CANARIES[name]) + os.urandom(300)
        assert f"{name} in somewhere" in leaks({"somewhere": haystack}, CANARIES)

    def test_it_finds_nothing_where_nothing_is(self) -> None:
        assert leaks({"noise": b64encode(os.urandom(300_000)) + os.urandom(300_000).hex().encode()}, CANARIES) == []
