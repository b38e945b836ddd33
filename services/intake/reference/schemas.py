"""Answers with what a form needs: code lists with their words, and the texts that are read to a person."""

from pydantic import ConfigDict

from services.chassis.web.schemas import Answer


class Code(Answer):
    """One answer of a list."""

    code: str
    words: str
    explanation: str | None = None


class CodeList(Answer):
    """The answers that a question may have, in the order in which they are asked."""

    name: str
    codes: list[Code]


class CodeLists(Answer):
    """Every list of codes that a submission may name."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "language": "es",
                    "version": "3f0c5a7f2b1e4d68",
                    "lists": [
                        {
                            "name": "age_certainty",
                            "codes": [{"code": "stated", "words": "La persona lo dijo", "explanation": None}],
                        }
                    ],
                }
            ]
        }
    )

    language: str
    version: str
    """Changes when a code or a word does."""
    lists: list[CodeList]


class ConsentWording(Answer):
    """One text that is read to a person or signed, word for word."""

    version: str
    use: str
    language: str
    current: bool
    """Whether it is the one to read today. An older one is what receipts of before name."""
    sha256: str
    text: str


class ConsentWordings(Answer):
    """Every version of the texts in a language; in Spanish where there is none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "language": "es",
                    "wordings": [
                        {
                            "version": "es-2",
                            "use": "consent",
                            "language": "es",
                            "current": True,
                            "sha256": "fc0d32f439fd665128ff07c724c46b3324afea669e972d18a5cbfe276e5a467a",
                            "text": "CONSTANCIA DE CONSENTIMIENTO · versión es-2 …",
                        }
                    ],
                }
            ]
        }
    )

    language: str
    wordings: list[ConsentWording]
