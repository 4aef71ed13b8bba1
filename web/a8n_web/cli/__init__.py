"""The command `a8n`. Each subcommand is a module of its own, imported when it is called, so that help is quick.

Exit codes: 0 done, 1 failed, 2 wrong usage. Errors are sentences on stderr; `A8N_DEBUG=1` adds the traceback.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import click

from a8n_web.cli.group import LazyGroup

COMMANDS = {
    "serve": ("a8n_web.cli.serving:serve", "Run everything in one process: web, triggers and executions."),
    "web": ("a8n_web.cli.serving:web", "Run a web process beside others."),
    "worker": ("a8n_web.cli.serving:worker", "Run a process that only works through the queue."),
    "run": ("a8n_web.cli.running:run", "Run a workflow file here and now, without a server."),
    "export": ("a8n_web.cli.transfer:export", "Write a workflow of this instance as YAML."),
    "import": ("a8n_web.cli.transfer:import_", "Make a workflow of this instance from a YAML or JSON file."),
    "doctor": ("a8n_web.cli.doctor:doctor", "Check that everything a8n needs is there, and say what to do."),
    "plugins": ("a8n_web.cli.plugins:plugins", "Show the installed plugins, and why broken ones were left out."),
    "plugin": ("a8n_web.cli.scaffold:plugin", "Write plugins."),
    "user": ("a8n_web.cli.users:user", "Manage accounts."),
    "db": ("a8n_web.cli.database:db", "Migrate the database."),
    "keys": ("a8n_web.cli.keys:keys", "Manage the keys that seal credentials."),
    "audit": ("a8n_web.cli.audit:audit", "Check the audit log."),
}


@click.group(cls=LazyGroup, commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="a8n", prog_name="a8n", message="%(prog)s %(version)s")
def cli() -> None:
    """Workflow automation: draw a graph of nodes, and nothing accepted is lost.

    Settings come from the environment (docs/operations.md); without any, everything is kept in ./.a8n.
    """


def main(args: Sequence[str] | None = None) -> None:
    """Run the command and exit."""
    sys.exit(outcome(args))


def outcome(args: Sequence[str] | None = None) -> int:
    """Run the command; gives its exit code."""
    try:
        code = cli.main(args, prog_name="a8n", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("a8n: canceled", err=True)
        return 130
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return _failed(error)


def _failed(error: Exception) -> int:
    from a8n_web.cli.failures import described

    if os.environ.get("A8N_DEBUG"):
        traceback.print_exception(error)
    sentences, code = described(error)
    for sentence in sentences:
        click.echo(f"a8n: {sentence}", err=True)
    return code
