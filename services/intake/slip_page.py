"""The slip as a page to print: no logo, shelter, date or address, and nothing that names what it is about.

Spanish first, then the person's language if the page has it.
"""

from base64 import b64encode
from hashlib import sha256
from html import escape

WORDS = {
    "es": ("Clave", "Sirve junto con la palabra que usted eligió. No escriba la palabra aquí."),
    "en": ("Code", "It works with the word that you chose. Do not write the word here."),
    "fr": ("Code", "Il fonctionne avec le mot que vous avez choisi. N'écrivez pas le mot ici."),
    "pt": ("Código", "Funciona com a palavra que escolheu. Não escreva a palavra aqui."),
}
STYLE = "@page{margin:0}body{margin:3cm;font:18pt sans-serif}strong{font:bold 28pt monospace}"
"""Without a margin a browser prints neither its address nor the date."""
POLICY = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
    f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
)
"""The page's own content security policy: this one style, nothing else."""


def page(code: str, language: str | None) -> str:
    """The whole page."""
    own = (language or "es").partition("-")[0].lower()
    languages = ["es", *([own] if own in WORDS and own != "es" else [])]
    parts = "".join(f'<p lang="{one}">{escape(WORDS[one][1])}</p>' for one in languages)
    title = WORDS["es"][0]
    return (
        f'<!doctype html><html lang="es"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head>"
        f"<body><p><strong>{escape(code)}</strong></p>{parts}</body></html>"
    )
