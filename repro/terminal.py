"""What every command says to the terminal in the same way."""

from rich.console import Console
from rich.markup import escape


def refused(error: Exception) -> int:
    """Say in one line, on standard error, what can't be used; the exit code of that, 2.

    The text is shown as it is: brackets in a user's words are no markup.
    """
    Console(stderr=True).print(f"[red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
    return 2
