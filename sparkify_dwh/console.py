"""What the project's commands have in common: errors on stderr, exit codes for schedulers."""

import sys
from collections.abc import Sequence

import click


def run_command(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    0 is what the command returns for success, 1 a failure that changed nothing, 2 a wrong
    setting or flag. Only errors that the library raises on purpose are caught.
    """
    from sparkify_dwh.errors import SparkifyError

    try:
        result = command.main(args=arguments, standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show(sys.stderr)
        return 2
    except click.Abort:
        click.echo("interrupted; nothing was changed", err=True)
        return 1
    except SparkifyError as error:
        click.echo(f"error: {error}", err=True)
        return error.exit_code
    return int(result or 0)
