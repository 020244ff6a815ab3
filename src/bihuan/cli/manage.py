"""Django's own commands, with the database at hand."""

import click
from django.core.management import execute_from_command_line

from bihuan.cli.database import database_at_hand

PASS_ON = {"ignore_unknown_options": True, "help_option_names": []}
arguments = click.argument("arguments", nargs=-1, type=click.UNPROCESSED)


@click.command(context_settings=PASS_ON)
@arguments
def manage(arguments: tuple[str, ...]) -> None:
    """Run a management command of Django, such as `migrate` or `createsuperuser`."""
    with database_at_hand(migrated=False):
        execute_from_command_line(["bihuan manage", *arguments])


@click.command(context_settings=PASS_ON)
@arguments
def shell(arguments: tuple[str, ...]) -> None:
    """Open a Python shell on the database."""
    with database_at_hand():
        execute_from_command_line(["bihuan manage", "shell", *arguments])
