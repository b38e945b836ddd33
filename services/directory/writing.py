"""Writes a directory as YAML."""

from collections.abc import Mapping, Sequence

import yaml

from services.directory.model import Directory

HEAD = """\
# Directorio del programa. Solo códigos y municipios: nunca el nombre o la dirección de un albergue, el nombre de una
# persona ni un teléfono. · The programme's directory. Codes and municipalities only.
"""


def text_of(directory: Directory) -> str:
    """YAML from which ``load_directory`` reads an equal directory."""
    contents = directory.model_dump(mode="json", exclude_defaults=True)
    body: str = yaml.safe_dump(contents, allow_unicode=True, sort_keys=False, width=120)
    return HEAD + body


def contacts_text(phones: Mapping[str, Sequence[str]]) -> str:
    """Telephones by desk, as YAML of an installation's contacts file, which is never shared."""
    contents = {desk: {"phone": list(numbers)} for desk, numbers in phones.items()}
    body: str = yaml.safe_dump(contents, allow_unicode=True, sort_keys=False)
    return "# Contactos de la instalación: no se publican ni se guardan con el directorio.\n" + body
