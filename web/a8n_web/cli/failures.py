"""What an error looks like to who called the command: sentences, and an exit code."""

from __future__ import annotations

import click

FAILED = 1
WRONG_USAGE = 2


class Failure(click.ClickException):
    """The command did not do what it was asked; the message is one sentence that says why."""

    exit_code = FAILED

    def show(self, file: object = None) -> None:
        """Print it as every error of the command is printed."""
        click.echo(f"a8n: {self.message}", err=True)


class Misuse(Failure):
    """The command was called in a way that cannot work."""

    exit_code = WRONG_USAGE


def described(error: Exception) -> tuple[list[str], int]:
    """The sentences and the exit code of an error that a command did not handle."""
    from a8n.errors import A8nError, InvalidError

    if isinstance(error, InvalidError):
        return [": ".join(filter(None, (p.path, p.message))) for p in error.problems], FAILED
    if isinstance(error, A8nError):
        from a8n.runtime.errors import SettingsError

        return [str(error)], WRONG_USAGE if isinstance(error, SettingsError) else FAILED
    if isinstance(error, OSError) and error.strerror:
        return [f"{error.filename}: {error.strerror}" if error.filename else error.strerror], FAILED
    if type(error).__name__ == "AddressInUseError":  # of the server, which is not imported for this
        return [str(error)], FAILED
    return [f"{type(error).__name__}: {error} (A8N_DEBUG=1 shows where)"], FAILED
