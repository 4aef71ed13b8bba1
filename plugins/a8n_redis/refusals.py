"""What a server's errors mean, for a person, and whether trying again may help."""

from __future__ import annotations

import ssl

from a8n import NodeError
from a8n_redis.server import RedisServer


def explained(server: RedisServer, error: BaseException, field: str | None = None, again: bool = True) -> NodeError:
    """The error to raise. `again` is False for a command that must not be sent twice when its answer is lost."""
    from redis import exceptions

    from a8n_redis.line import MOST, TooLargeError

    where = server.where
    if isinstance(error, NodeError):
        return error
    if isinstance(error, TooLargeError):
        text = f"the answer of {where} has more than {MOST // 2**20} MB"
        return NodeError(text, field=field, hint="ask for less at a time", retryable=False)
    if isinstance(error, exceptions.AuthenticationError | exceptions.AuthenticationWrongNumberOfArgsError):
        text = f"{where} does not let this user in: {_said(error)}"
        return NodeError(text, hint="check user name and password of the credential", retryable=False)
    if isinstance(error, exceptions.NoPermissionError):
        hint = "the server's access list (ACL) has to allow it"
        return NodeError(f"{where} does not allow this: {_said(error)}", hint=hint, retryable=False)
    if isinstance(error, exceptions.MovedError | exceptions.AskError | exceptions.ClusterCrossSlotError):
        return NodeError(f"{where} is a node of a cluster, which this version does not speak to", retryable=False)
    if isinstance(error, exceptions.ResponseError):
        passing = (exceptions.ReadOnlyError, exceptions.OutOfMemoryError, exceptions.TryAgainError,
                   exceptions.ClusterDownError, exceptions.MasterDownError)  # fmt: skip
        text = f"{where} refused: {_said(error)}"
        return NodeError(text, field=field, hint=_hint(str(error)), retryable=isinstance(error, passing))
    return _unreachable(server, error, again)


def _unreachable(server: RedisServer, error: BaseException, again: bool) -> NodeError:
    """For lines that break, and those that never were."""
    from redis import exceptions

    where = server.where
    if isinstance(error, exceptions.BusyLoadingError):
        return NodeError(f"{where} is still loading its data")
    if refused := _certificate(error):
        text = f"the certificate of {server.host} is not to be trusted: {refused}"
        return NodeError(text, hint="name its authority in the credential", retryable=False)
    if isinstance(error, exceptions.InvalidResponse) or _caused(error, ssl.SSLError | ValueError):
        hint = "check the port, and whether the server expects TLS"
        return NodeError(f"{where} gives no answer of Redis: {_said(error)}", hint=hint, retryable=False)
    if not again:
        text = f"the connection to {where} broke before the answer came: nobody knows whether the command was done"
        return NodeError(text, hint="look at the data before you run it again", retryable=False)
    hint = "check host and port, and whether the server expects TLS"
    if isinstance(error, exceptions.TimeoutError | TimeoutError):
        return NodeError(f"{where} did not answer in time", hint=hint)
    return NodeError(f"the connection to {where} failed: {_said(error)}", hint=hint)


def _certificate(error: BaseException) -> str:
    found = _caused(error, ssl.SSLCertVerificationError)
    return found.verify_message if isinstance(found, ssl.SSLCertVerificationError) else ""


def _caused(error: BaseException | None, kind: object) -> BaseException | None:
    """The error of this kind behind an error, which the library wraps in one of its own."""
    while error is not None and not isinstance(error, kind):  # type: ignore[arg-type]
        error = error.__cause__ or error.__context__
    return error


def _hint(text: str) -> str | None:
    if text.startswith("WRONGTYPE"):
        return "the key holds another kind of value: see the node Redis keys"
    if "is not an integer" in text or "not a valid float" in text:
        return "only a value that is a number can be incremented"
    return "check the database's number in the credential" if "DB index" in text else None


def _said(error: BaseException) -> str:
    """The server's words in one line, bounded."""
    return " ".join(str(error).split())[:300] or type(error).__name__
