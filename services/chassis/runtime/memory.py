"""What a process keeps in memory stays there: keys and opened data must not end in a file when it crashes."""

import resource


def no_core_dumps() -> None:
    """Forbids core dumps of this process and of those that it starts, and that anybody allows them again."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
