"""The command line: `bihuan COMMAND`. Never a traceback for what an operator can put right.

Exit codes: 0 done, 1 failed or refused, 2 wrong use, settings or surroundings, 128 + n ended by signal n.
"""

import os
import signal
import sys
from typing import Any

import click

from bihuan import __version__
from bihuan.cli.commands import COMMANDS


class Commands(click.Group):
    """Finds a command by its line in COMMANDS and loads only that."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        from django.utils.module_loading import import_string

        _set_up_django()
        return import_string(COMMANDS[name][0].replace(":", "."))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_path, sentence) in COMMANDS.items()])


class Surroundings(click.ClickException):
    """Settings, machine or database are not as they must be."""

    exit_code = 2


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bihuan")
def cli() -> None:
    """Bihuan 闭环: closes the loop of public work, from decision to write-off."""


def main(arguments: list[str] | None = None) -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader went away, as `head` does; click ends the same way
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)


def _run(arguments: list[str] | None) -> int:
    try:
        code: Any = cli.main(arguments, prog_name="bihuan", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as refusal:
        refusal.show()
        return refusal.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 128 + signal.SIGINT
    except Exception as problem:
        sentence, code = _explained(problem)
        if sentence is None:
            raise
        click.echo(f"Error: {sentence}", err=True)
        return code


def _explained(problem: Exception) -> tuple[str | None, int]:
    """One sentence for what an operator can put right, None for a mistake of ours."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError
    from django.db import OperationalError
    from environs import EnvError

    from bihuan.kernel.errors import DomainError
    from bihuan.kernel.postgres import ServerError

    if isinstance(problem, EnvError):
        return str(problem).replace("['", "").replace("']", ""), 2  # a list of one sentence
    if isinstance(problem, ImproperlyConfigured | ServerError):
        return str(problem), 2
    if isinstance(problem, OperationalError):
        return f"The database is out of reach: {_first_line(problem)}", 2
    if isinstance(problem, CommandError | DomainError):
        return str(problem), 1
    if isinstance(problem, OSError):
        return f"{problem.strerror or problem}{f': {problem.filename}' if problem.filename else ''}", 1
    return None, 1


def _first_line(problem: Exception) -> str:
    return next(iter(str(problem).strip().splitlines()), type(problem).__name__)


def _set_up_django() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.settings")
    django.setup()


def _leave(number: int, frame: object) -> None:
    """Unwind like Ctrl-C does, so that what was started is stopped."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
