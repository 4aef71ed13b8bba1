"""The doctor on what is outside the database: settings, this host, the data folder, the port, plugins."""

from __future__ import annotations

import difflib
import http.client
import ipaddress
import json
import os
import platform
import shutil
import socket
import sqlite3
import stat
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from a8n_web.cli.findings import Area, Finding, Findings, megabytes

if TYPE_CHECKING:
    from a8n.runtime.settings import Settings

ELSEWHERE = frozenset({"A8N_DEBUG"})
"""Variables of ours that are no settings."""
FILES = 4096
"""Open files that a busy process needs."""
SCARCE, NONE_LEFT = 10**9, 10**8
"""Bytes that are free."""
SQLITE = (3, 35, 0)
"""The first with RETURNING."""


def settings_from(env: dict[str, str]) -> tuple[Settings | None, list[Finding]]:
    """The settings as far as they can be read (None where too much is wrong), and what is wrong with them."""
    from a8n.runtime.errors import SettingsError
    from a8n.runtime.settings import Settings

    area, findings, left = Area("settings"), [], dict(env)
    known = {name for name, _, _ in Settings.documentation()} | ELSEWHERE
    for name in sorted(left):
        if name.startswith("A8N_") and name not in known:
            close = difflib.get_close_matches(name, known, 1)
            advice = f"did you mean {close[0]}?" if close else "remove it; docs/operations.md lists all settings"
            findings.append(area.warn(f"{name} is no setting and has no effect", advice))
    while True:
        try:
            settings = Settings.from_env(left)
        except SettingsError as error:
            name = str(error).partition(" ")[0]
            findings.append(area.bad(str(error), f"correct or unset {name}; a8n does not start like this"))
            if name not in left:
                return None, findings
            del left[name]
        else:
            return settings, findings or [area.ok("all settings can be read")]


def host() -> Findings:
    """Python and the limits of this host."""
    area = Area("host")
    yield area.ok(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    if sqlite3.sqlite_version_info < SQLITE:
        wanted = ".".join(map(str, SQLITE))
        yield area.bad(f"SQLite {sqlite3.sqlite_version} is too old", f"use a Python with SQLite {wanted} or newer")
    yield from _open_files(area)


def _open_files(area: Area) -> Findings:
    try:
        import resource
    except ImportError:  # Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FILES:
        advice = f"raise it to {FILES} or more (`ulimit -n`, LimitNOFILE= of systemd); the hard limit is {hard}"
        yield area.warn(f"a process may open only {soft} files and connections", advice)
    else:
        yield area.ok("the limit of open files is high enough")


def data_folder(settings: Settings) -> Findings:
    """Rights and free space."""
    area, folder = Area("data"), settings.data_dir.absolute()
    if not folder.exists():
        yield from _missing(area, folder)
        return
    if not folder.is_dir():
        yield area.bad(f"{folder} is no folder", "set A8N_DATA_DIR to a folder")
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield area.bad(f"{folder} cannot be written by this user", "run as its owner, or `chown` it")
    elif folder.stat().st_mode & (stat.S_IWOTH | stat.S_IROTH):
        yield area.warn(f"every user of this host can look into {folder}", f"chmod 700 {folder}")
    else:
        yield area.ok(f"{folder} can be written")
    keys = folder / "keys.json"
    if keys.exists() and keys.stat().st_mode & 0o077:
        yield area.bad(f"other users can read {keys}", f"chmod 600 {keys}")
    yield from _space(area, folder)


def _missing(area: Area, folder: Path) -> Findings:
    parent = next(parent for parent in folder.parents if parent.exists())
    if os.access(parent, os.W_OK | os.X_OK):
        yield area.ok(f"{folder} does not exist yet; the first start makes it")
    else:
        yield area.bad(f"{folder} does not exist and cannot be made", f"make it; {parent} is closed")


def _space(area: Area, folder: Path) -> Findings:
    free = shutil.disk_usage(folder).free
    advice = "make room, or move the folder: without space nothing is accepted"
    if free < NONE_LEFT:
        yield area.bad(f"only {megabytes(free)} are free for {folder}", advice)
    elif free < SCARCE:
        yield area.warn(f"only {megabytes(free)} are free for {folder}", advice)
    else:
        yield area.ok(f"{megabytes(free)} are free for {folder}")


def web(settings: Settings) -> Findings:
    """The port, and where the outside reaches us."""
    area = Area("web")
    yield from _port(area, settings)
    parts = urlsplit(settings.public_url)
    if not settings.public_url:
        if not _inside(settings.host):
            text = f"a8n listens on {settings.host}, and A8N_PUBLIC_URL is not set"
            yield area.warn(text, "set it to the address that others use: webhook and resume URLs begin with it")
    elif parts.scheme == "http" and not _inside(parts.hostname or ""):
        text = "A8N_PUBLIC_URL begins with http: sign-ins cross the network in the clear, and cookies are not Secure"
        yield area.warn(text, "put a reverse proxy with TLS in front, and write https")
    elif _inside(parts.hostname or "") and not _inside(settings.host):
        text = "A8N_PUBLIC_URL is an address that only this host reaches"
        yield area.warn(text, "set it to the address that others use")
    else:
        yield area.ok("A8N_PUBLIC_URL is sound")


def _port(area: Area, settings: Settings) -> Findings:
    if settings.port == 0:
        yield area.ok("a free port will be taken")
        return
    where = f"{settings.host}:{settings.port}"
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((settings.host, settings.port))
        except OSError as error:
            if _is_ours(settings):
                yield area.ok(f"a8n answers on {where}")
            else:
                yield area.bad(f"{where} is taken: {error.strerror}", "stop what is there, or set A8N_PORT")
        else:
            yield area.ok(f"{where} is free")


def _is_ours(settings: Settings) -> bool:
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104  # compared, not bound
    connection = http.client.HTTPConnection(target, settings.port, timeout=3)
    try:
        connection.request("GET", "/healthz")
        return bool(json.loads(connection.getresponse().read(1000)) == {"status": "ok"})
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _inside(name: str) -> bool:
    """Whether only this host has this address."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def plugins(settings: Settings) -> Findings:
    """Which plugins load, and what the lock says."""
    from a8n.errors import A8nError
    from a8n_web.cli.environment import kernel_of

    area, lock = Area("plugins"), settings.data_dir / "a8n.plugins.lock"
    try:
        reports = kernel_of(settings).plugins
    except A8nError as error:
        yield area.bad(str(error), "correct the file or remove it; a8n does not start like this")
        return
    for report in reports:
        if report.error is not None:
            told = report.error.partition("\n")[0]
            advice = "add it to the lock if it is wanted" if "is not in" in told else "update or uninstall it"
            yield area.warn(f"the plugin {report.name} was left out: {told}", advice)
    healthy = sum(report.healthy for report in reports)
    yield area.ok(f"{healthy} plugins load{f', as {lock} allows' if lock.exists() else ''}")
