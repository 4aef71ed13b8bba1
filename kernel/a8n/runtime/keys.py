"""The instance's own secrets: from the environment, or made at the first start and kept in the data folder."""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from a8n.runtime.errors import SettingsError
from a8n.runtime.settings import KEY_BYTES, Settings, encryption_key, secret

FILE = "keys.json"


@dataclass(frozen=True, slots=True)
class Keys:
    """Secrets of this instance; never in the database, a log or a repr."""

    encryption: tuple[bytes, ...] = field(repr=False)
    """Key-encryption keys of 32 bytes; the first seals, all open."""
    jwt_secret: str = field(repr=False)

    def token(self, place: str) -> str:
        """The secret of the URL that resumes the step at a place: 192 bits that nobody else can work out.

        The same for every attempt and after every wait of that step, so that a link which was sent stays good.
        """
        digest = hmac.digest(self.jwt_secret.encode(), f"resume\0{place}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest[:24]).decode()


def load_or_create_keys(settings: Settings) -> Keys:
    """The keys from the settings; what these leave open comes from `keys.json` (0600) in the data folder.

    Makes the folder (0700) and the file on the first start. Raises SettingsError, one sentence that names the
    path, when the folder cannot be used or the file is damaged.
    """
    if settings.encryption_keys and settings.jwt_secret_key:
        return Keys(settings.encryption_keys, settings.jwt_secret_key)
    path = prepare_data_dir(settings.data_dir) / FILE
    try:
        if not path.exists():
            _create(path)
        elif path.stat().st_mode & 0o077:
            path.chmod(0o600)
        stored = _parse(path)
    except OSError as error:
        raise SettingsError(f"the keys in {path} cannot be used: {error.strerror}") from error
    return Keys(settings.encryption_keys or stored.encryption, settings.jwt_secret_key or stored.jwt_secret)


def prepare_data_dir(folder: Path) -> Path:
    """Make the data folder if need be. Raises SettingsError when a8n cannot write there."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = "it is a file" if isinstance(error, FileExistsError) else error.strerror
        raise SettingsError(f"A8N_DATA_DIR {folder} cannot be used as a folder: {reason}") from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise SettingsError(f"A8N_DATA_DIR {folder} cannot be written by this user")
    return folder


def _create(path: Path) -> None:
    """Write new keys whole or not at all; of two processes that start at once, the first one's keys count."""
    document = {
        "encryption": [base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()],
        "jwt": secrets.token_urlsafe(48),
    }
    draft = path.with_name(f".{FILE}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _parse(path: Path) -> Keys:
    try:
        document = json.loads(path.read_bytes())
        return Keys(tuple(encryption_key(text) for text in document["encryption"]), secret(document["jwt"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"{path} is damaged; restore it from a backup: credentials cannot be opened without it"
        ) from error
