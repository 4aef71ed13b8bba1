"""Settings and keys: read once, and a wrong value gives one sentence that names it."""

from __future__ import annotations

import base64
import secrets
import stat
from pathlib import Path

import pytest

from a8n.runtime.errors import SettingsError
from a8n.runtime.keys import load_or_create_keys
from a8n.runtime.settings import Settings

KEY = base64.b64encode(secrets.token_bytes(32)).decode()
SECRET = secrets.token_urlsafe(32)


class TestSettings:
    def test_the_defaults_are_the_embedded_mode(self) -> None:
        settings = Settings.from_env({})
        assert settings == Settings()
        assert settings.embedded
        assert settings.store_url == f"sqlite+aiosqlite:///{Path.cwd() / '.a8n' / 'a8n.db'}"
        assert (settings.host, settings.port, settings.max_body) == ("127.0.0.1", 5678, 16 * 2**20)

    def test_an_empty_value_counts_as_unset(self) -> None:
        assert Settings.from_env({"A8N_PORT": "", "DATABASE_URL": " "}) == Settings()

    def test_values_are_read(self) -> None:
        settings = Settings.from_env(
            {
                "DATABASE_URL": "postgres://a:b@db/a8n", "REDIS_URL": "redis://cache", "JWT_SECRET_KEY": SECRET,
                "A8N_ENCRYPTION_KEYS": f"{KEY}, {KEY}", "ALLOWED_ORIGINS": "https://A.example/,http://localhost:3000",
                "A8N_PORT": "80", "A8N_LEASE": "2.5", "A8N_PUBLIC_URL": "https://a8n.example/sub/",
                "A8N_EGRESS_ALLOW": "10.0.0.0/8, *.Intranet.example,fd00::/8", "A8N_DATA_DIR": "/srv/a8n",
            }
        )  # fmt: skip
        assert settings.database_url == "postgresql+asyncpg://a:b@db/a8n"
        assert settings.encryption_keys == (base64.b64decode(KEY),) * 2
        assert settings.allowed_origins == ("https://a.example", "http://localhost:3000")
        assert (settings.port, settings.lease, settings.public_url) == (80, 2.5, "https://a8n.example/sub")
        assert settings.egress_allow == ("10.0.0.0/8", "*.intranet.example", "fd00::/8")
        assert not settings.embedded

    @pytest.mark.parametrize(
        ("variable", "value", "sentence"),
        [
            ("A8N_PORT", "http", "A8N_PORT must be a whole number, not 'http'"),
            ("A8N_PORT", "70000", "A8N_PORT must be from 0 to 65535, not '70000'"),
            ("A8N_LEASE", "soon", "A8N_LEASE must be a number, not 'soon'"),
            ("A8N_LEASE", "nan", "A8N_LEASE must be from 1 to 3600, not 'nan'"),
            ("A8N_MAX_BODY", "-1", "A8N_MAX_BODY must be a whole number, not '-1'"),
            ("A8N_PUBLIC_URL", "a8n", "A8N_PUBLIC_URL must be an address such as https://a8n.example.com, not 'a8n'"),
            ("DATABASE_URL", "mysql://u:p@h/d", "DATABASE_URL must begin with postgresql:// or sqlite:///"),
            ("REDIS_URL", "cache:6379", "REDIS_URL must begin with redis://, rediss:// or unix://"),
            ("JWT_SECRET_KEY", "changeme", "JWT_SECRET_KEY is too weak: use at least 32 random characters"),
            ("JWT_SECRET_KEY", "a" * 40, "JWT_SECRET_KEY is too weak: use at least 32 random characters"),
            ("A8N_ENCRYPTION_KEYS", "§", "A8N_ENCRYPTION_KEYS holds a key that is not base64"),
            ("A8N_ENCRYPTION_KEYS", "c2hvcnQ=",
             "A8N_ENCRYPTION_KEYS holds a key that is not 32 random bytes in base64"),
            ("A8N_EGRESS_ALLOW", "10.0.0.0/99",
             "A8N_EGRESS_ALLOW holds '10.0.0.0/99', which is neither a network nor a host name"),
            ("ALLOWED_ORIGINS", "https://a.example/x",
             "ALLOWED_ORIGINS https://a.example/x must be an origin such as https://a8n.example.com, without a path"),
        ],
    )  # fmt: skip
    def test_a_wrong_value_is_named(self, variable: str, value: str, sentence: str) -> None:
        with pytest.raises(SettingsError) as caught:
            Settings.from_env({variable: value})
        assert str(caught.value) == sentence

    @pytest.mark.parametrize("missing", ["JWT_SECRET_KEY", "A8N_ENCRYPTION_KEYS"])
    def test_processes_that_share_a_database_share_the_keys(self, missing: str) -> None:
        env = {"DATABASE_URL": "postgresql://db/a8n", "JWT_SECRET_KEY": SECRET, "A8N_ENCRYPTION_KEYS": KEY}
        with pytest.raises(SettingsError, match=f"{missing} must be set where DATABASE_URL is"):
            Settings.from_env({**env, missing: ""})

    def test_secrets_are_not_shown(self) -> None:
        settings = Settings.from_env(
            {"DATABASE_URL": "postgresql://u:hunter2@db/a8n", "JWT_SECRET_KEY": SECRET, "A8N_ENCRYPTION_KEYS": KEY}
        )
        shown = repr(settings)
        assert "hunter2" not in shown
        assert SECRET not in shown
        assert repr(base64.b64decode(KEY)) not in shown

    def test_every_setting_is_documented(self) -> None:
        for variable, _, about in Settings.documentation():
            assert variable.isupper()
            assert about.endswith(".")
        assert ("A8N_LEASE", "30") in {row[:2] for row in Settings.documentation()}


class TestKeys:
    def test_they_are_made_at_the_first_start_and_found_at_the_next(self, tmp_path: Path) -> None:
        settings = Settings(data_dir=tmp_path / "deep" / "data")
        keys = load_or_create_keys(settings)
        assert load_or_create_keys(settings) == keys
        assert [len(key) for key in keys.encryption] == [32]
        assert len(keys.jwt_secret) >= 32
        assert stat.S_IMODE((settings.data_dir / "keys.json").stat().st_mode) == 0o600
        assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
        assert [path.name for path in settings.data_dir.iterdir()] == ["keys.json"]

    def test_two_instances_have_different_keys(self, tmp_path: Path) -> None:
        one, two = (load_or_create_keys(Settings(data_dir=tmp_path / name)) for name in "ab")
        assert one.encryption != two.encryption
        assert one.jwt_secret != two.jwt_secret

    def test_the_environment_comes_first(self, tmp_path: Path) -> None:
        env = {"A8N_ENCRYPTION_KEYS": KEY, "JWT_SECRET_KEY": SECRET, "A8N_DATA_DIR": str(tmp_path / "data")}
        keys = load_or_create_keys(Settings.from_env(env))
        assert (keys.encryption, keys.jwt_secret) == ((base64.b64decode(KEY),), SECRET)
        assert not (tmp_path / "data").exists()

    def test_keys_that_others_could_read_are_closed(self, tmp_path: Path) -> None:
        settings = Settings(data_dir=tmp_path)
        load_or_create_keys(settings)
        (tmp_path / "keys.json").chmod(0o644)
        load_or_create_keys(settings)
        assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600

    @pytest.mark.parametrize("text", ["", "{}", "[]", '{"encryption": ["eA=="], "jwt": "short"}', "\0"])
    def test_a_damaged_file_is_never_replaced(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "keys.json").write_text(text)
        with pytest.raises(SettingsError, match=r"keys.json is damaged; restore it from a backup"):
            load_or_create_keys(Settings(data_dir=tmp_path))
        assert (tmp_path / "keys.json").read_text() == text

    def test_a_folder_in_the_place_of_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "keys.json").mkdir()
        with pytest.raises(SettingsError, match=r"the keys in .*keys.json cannot be used"):
            load_or_create_keys(Settings(data_dir=tmp_path))

    def test_they_are_not_shown(self, tmp_path: Path) -> None:
        assert repr(load_or_create_keys(Settings(data_dir=tmp_path))) == "Keys()"
