"""The command line: finds the command, turns errors into messages and exit codes."""

from __future__ import annotations

import gc
import importlib
import sys
from typing import Final

import click

from simulator.errors import (
    FAILED,
    NOT_STARTED,
    LimitReached,
    SimulatorError,
    SourceError,
    Stuck,
)

# Command → the line of --help. Modules are imported when their command runs.
COMMANDS: Final = {
    "build": "Render workflows/*.asl.json.j2 into workflows/rendered/.",
    "check": "Report everything that is wrong with the project.",
    "compliance": "Collect evidence for PCI DSS requirements.",
    "cost": "Estimate what scenarios would cost, Standard and Express side by side.",
    "diff": "Tell what changed between two versions of a workflow.",
    "draw": "Draw workflows as Mermaid text, DOT or SVG.",
    "permissions": "Compare what roles may do with what scenarios do.",
    "preview": "List access from outside that the template's policies would give.",
    "replay": "Replay scenarios and events through the project, with a verdict.",
    "run": "Run one workflow on one input, on virtual time.",
    "serve": "Show the pages and the simulated API on this machine.",
    "test-state": "Test one state on one input, with its service mocked.",
    "verify": "Replay recorded executions of the service and compare histories.",
}


def module_name(command: str) -> str:
    """Where in `commands/` a command lives."""
    return command.replace("-", "_")


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"simulator.commands.{module_name(cmd_name)}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from simulator.problems import did_you_mean

            hint = did_you_mean(args[0], COMMANDS) or f"it may be {', '.join(sorted(COMMANDS))}"
            raise click.UsageError(f"there is no command '{args[0]}'; {hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands,
    help="Simulate AWS Step Functions workflows of a SAM project on virtual time.",
    epilog="Exit codes: 0 all is well, 1 something failed, 2 it could not start.",
)
@click.version_option(package_name="stepfunctions-simulator")
def group() -> None:
    pass


def main() -> None:
    """Exit code 1: a run failed; 2: it could not start. No traceback for what a user can mend."""
    # Histories are many small containers that live as long as their world: looking at them again and
    # again costs a fifth of the time and finds nothing.
    gc.set_threshold(100_000, 50, 100)
    try:
        code = group.main(prog_name="simulator", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(NOT_STARTED)
    except click.Abort:
        sys.exit(130)
    except SourceError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        sys.exit(NOT_STARTED)
    except SimulatorError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(FAILED if isinstance(error, Stuck | LimitReached) else NOT_STARTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FAILED)
    except OSError as error:
        if error.filename is None:
            raise
        click.echo(f"error: {error.filename}: {error.strerror}", err=True)
        sys.exit(NOT_STARTED)
    sys.exit(code if isinstance(code, int) else 0)
