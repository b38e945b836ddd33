"""The compiled code of templates, kept by the process: every folder and every language uses what another compiled."""

from functools import cache

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class SharedBytecode(BytecodeCache):
    """Code by the file of its template. jinja2 compares the source's checksum, so a changed file is compiled anew."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Gives a template the code that was compiled before."""
        code = self._code.get(bucket.key)
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps what was compiled."""
        self._code[bucket.key] = bucket.bytecode_to_string()


@cache
def shared_bytecode() -> SharedBytecode:
    """The one of this process."""
    return SharedBytecode()
