"""Words that must be nowhere in clear, and the places to look for them."""

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

PERSON = {
    "name": "Canario Nombre-q7w1z Ñandú",
    "birth_date": "1987-03-29",
    "document": "CANARIO/DPI 4417-2290",
    "phone": "+502 5588 1304",
    "notes": "canario-notas-x81k: viaja con «su hija» y teme volver\nsegunda línea canario-k55",
}


SAID = {
    "gender_self": "canario género-m3p9 & más",
    "family_group": "canario-familia-t2v8",
    "entry_date": "2013-05-17",
}


SENT_WRONGLY = {
    "field": "canario-campo-h44d",
    "value": "canario-valor-j92s José",
    "query": "canario-consulta-b3n7",
    "token": "czl_canario-credencial-y6r2",
    "path": "canario-ruta-p0l5",
}


CANARIES = {**PERSON, **SAID, **SENT_WRONGLY}


Places = dict[str, bytes]


def forms(secret: str) -> set[bytes]:
    """A text as it is, and as JSON, a URL, base64 (at each of its three offsets) and hex would show it."""
    plain = secret.encode()
    found = {
        plain,
        secret.upper().encode(),
        secret.lower().encode(),
        json.dumps(secret)[1:-1].encode(),
        quote(secret).encode(),
        quote(secret, safe="").encode(),
        secret.encode("utf-16-le"),
        plain.hex().encode(),
        plain.hex().upper().encode(),
    }
    for offset in range(3):
        for encode in (b64encode, urlsafe_b64encode):
            text = encode(b"\0" * offset + plain).rstrip(b"=")
            first = -(-offset * 8 // 6)  # characters that also hold bits of what came before
            last = len(text) if (offset + len(plain)) % 3 == 0 else -1  # the last may hold bits of what comes after
            found.add(text[first:last])
    return found | {json.dumps(form.decode())[1:-1].encode() for form in found if form.isascii()}


def leaks(places: Places, secrets: dict[str, str]) -> list[str]:
    """Which secret stands where. Lines are searched one by one too: a text may have been cut at its line ends."""
    return [
        f"{name} in {place}"
        for place, content in places.items()
        for name, secret in secrets.items()
        for line in {secret, *secret.splitlines()}
        if any(form in content for form in forms(line))
    ]
