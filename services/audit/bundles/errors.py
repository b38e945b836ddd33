"""Why a file is no bundle that can be verified."""

from enum import StrEnum

from services.chassis.locales import SPANISH, catalogue


class BundleFault(StrEnum):
    """Why it is none."""

    CANNOT_BE_READ = "cannot_be_read"
    HEAD_NOT_CANONICAL = "head_not_canonical"
    HEAD_UNREADABLE = "head_unreadable"
    HEADER_NOT_CANONICAL = "header_not_canonical"
    LINE_TOO_LONG = "line_too_long"
    LINE_WITHOUT_END = "line_without_end"
    NOT_A_CONTAINER = "not_a_container"
    PADDING_NOT_CANONICAL = "padding_not_canonical"
    SIZE_NOT_POSSIBLE = "size_not_possible"
    SOMETHING_FOLLOWS = "something_follows"
    TRAILER_NOT_CANONICAL = "trailer_not_canonical"
    TRUNCATED = "truncated"
    UNEXPECTED_FILE = "unexpected_file"


class NotABundleError(Exception):
    """The file is not a bundle, is hostile, or cannot be read. It has a code, and never quotes the file's content."""

    def __init__(self, code: str, *, path: str | None = None, offset: int | None = None) -> None:
        """``path``: the file inside the bundle; ``offset``: the byte of the container where it was noticed."""
        super().__init__(code)
        self.code = BundleFault(code)
        self.path = path
        self.offset = offset

    def sentence(self, locale: str = SPANISH) -> str:
        """What is wrong and where, for people."""
        say = catalogue(__name__)(locale)
        said = say(f"bundle_fault.{self.code}")
        where = [self.path] if self.path else []
        where += [] if self.offset is None else [f"byte {self.offset}"]
        return f"{said} ({', '.join(where)})" if where else said
