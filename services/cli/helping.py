"""How help is shown: every command with its whole sentence, in both languages."""

from typing import Any

from typer.core import TyperGroup

WHOLE = 1_000
"""Characters of a command's sentence: all of it. The library's own list cuts it at the end of a line."""


class WholeSentences(TyperGroup):
    """A group of commands whose list cuts no sentence."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Writes the list of commands; the formatter folds long lines."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, one.get_short_help_str(WHOLE)) for name, one in found if one is not None and not one.hidden]
        if rows:
            with formatter.section("Órdenes · Commands"):
                formatter.write_dl(rows)
