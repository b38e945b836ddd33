"""Pages for people: Spanish first, then English; no script, one small style, nothing from anywhere else."""

import base64
import hashlib
from html import escape

from starlette.responses import HTMLResponse

STYLE = """
*{box-sizing:border-box}
body{font:1.125rem/1.5 system-ui,sans-serif;margin:0;padding:1rem;color:#1a1a1a;background:#fff}
main{max-width:26rem;margin:0 auto}
h1{font-size:1.5rem;line-height:1.2}
label{display:block;margin-top:1rem;font-weight:600}
input{font:inherit;width:100%;min-height:44px;padding:.5rem;border:2px solid #595959;border-radius:4px}
button{font:inherit;font-weight:600;width:100%;min-height:44px;margin-top:1.25rem;padding:.5rem;border:0;border-radius:4px;
background:#0b5394;color:#fff}
a{display:inline-block;min-height:44px;padding:.6rem 0;color:#0b5394}
input:focus,button:focus,a:focus{outline:3px solid #b45f06;outline-offset:2px}
.en{color:#595959;font-weight:400;font-size:1rem}
button .en,a .en{color:inherit}
.fault{border-left:6px solid #a61c00;padding:.5rem 1rem;background:#fdecea}
code{font-size:1.2rem;overflow-wrap:anywhere}
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    # With no-referrer a browser hides where a form comes from, and the form would be refused.
    "Referrer-Policy": "same-origin",
}


def both(es: str, en: str) -> str:
    """A sentence in both languages."""
    return f'{escape(es)} <span class="en" lang="en">{escape(en)}</span>'


def page(title: tuple[str, str], body: str, *, fault: tuple[str, str] | None = None, status: int = 200) -> HTMLResponse:
    """A whole page. ``body`` is HTML of ours; whatever came from outside in it is escaped already."""
    told = f'<p class="fault" role="alert">{both(*fault)}</p>' if fault else ""
    html = (
        f'<!doctype html><html lang="es"><head><meta charset="utf-8"><title>{escape(title[0])} · canaliza</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><main><h1>{both(*title)}</h1>{told}{body}</main></body></html>"
    )
    return HTMLResponse(html, status_code=status, headers=HEADERS)


def form(action: str, fields: str, button: tuple[str, str], back: str = "") -> str:
    """A form of our own."""
    return (
        f'<form method="post" action="{escape(action, quote=True)}">{hidden("volver", back) if back else ""}{fields}'
        f"<button>{both(*button)}</button></form>"
    )


def field(name: str, label: tuple[str, str], complete: str, *, secret: bool = False, numeric: bool = False) -> str:
    """A labelled field. ``complete``: what a password manager is to put there."""
    kind = "password" if secret else "text"
    mode = ' inputmode="numeric"' if numeric else ""
    return (
        f'<label for="{name}">{both(*label)}</label><input id="{name}" name="{name}" type="{kind}" required'
        f' autocomplete="{complete}" autocapitalize="none" spellcheck="false" maxlength="512"{mode}>'
    )


def hidden(name: str, value: str) -> str:
    """What a form sends without being asked for it."""
    return f'<input type="hidden" name="{name}" value="{escape(value, quote=True)}">'


def link(path: str, text: tuple[str, str]) -> str:
    """A link within the site."""
    return f'<p><a href="{escape(path, quote=True)}">{both(*text)}</a></p>'
