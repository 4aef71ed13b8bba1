"""The contract suite passes a sound plugin, and names each broken promise."""

import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest

from a8n.testing.contract import checks


class MakePlugin(Protocol):
    def __call__(self, *changes: tuple[str, str], icon: str = "") -> str: ...


ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M0 0h24v24H0z"/></svg>'

SOUND = '''
"""Greetings."""

from a8n import Context, Credential, Example, Node, Secret, hookimpl
from pydantic import BaseModel


class Account(Credential):
    """An account."""

    key = "{name}.account"

    token: Secret
    """What proves who we are."""


class Greeting(BaseModel):
    text: str


class Greet(Node):
    """Greet somebody."""

    key = "{name}.greet"
    version = 2
    group = "utility"
    subtitle = "{{text}}"
    effect = "pure"
    examples = (
        Example("Greet Ada", {{"text": {{"$t": "Hello {{{{ json.name }}}}"}}}}, [{{"name": "Ada"}}],
                {{"main": [{{"text": "Hello Ada"}}]}}),
        Example("As saved by version 1", {{"message": "Hello"}}, output={{"main": [{{"text": "Hello"}}]}}, version=1),
    )

    text: str
    """What to say."""

    @classmethod
    def upgrade(cls, params, version):
        return {{"text": params["message"]}} if version < 2 else params

    def run(self, ctx: Context) -> Greeting:
        return Greeting(text=self.text)


@hookimpl
def register_nodes():
    return [Greet]


@hookimpl
def register_credentials():
    return [Account]
'''


@pytest.fixture
def make_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> MakePlugin:
    """Write the sound plugin with some of its text replaced, and give the name of its module."""
    name = f"plugin_{abs(hash(request.node.nodeid))}"
    monkeypatch.syspath_prepend(tmp_path)

    def make(*changes: tuple[str, str], icon: str = ICON) -> str:
        source = SOUND.format(name=name)
        for old, new in changes:
            assert old in source
            source = source.replace(old, new)
        package = tmp_path / name
        package.mkdir()
        (package / "__init__.py").write_text(source)
        if icon:
            (package / "icon.svg").write_text(icon)
        return name

    return make


def broken(plugin: str) -> dict[str, str]:
    """What fails, by the name of the check."""
    failures = {}
    for check in checks(plugin):
        try:
            check()
        except AssertionError as error:
            failures[check.name] = str(error)
    return failures


def test_a_sound_plugin_keeps_every_promise(make_plugin: MakePlugin) -> None:
    assert broken(make_plugin()) == {}


@pytest.mark.parametrize(
    ("change", "check", "sentence"),
    [
        (('"""Greetings."""', ""), "describes_itself", "no docstring"),
        (("import BaseModel", "import BaseModel; import httpx"), "imports_no_sdk", "imports httpx"),
        (("import BaseModel", "import BaseModel; import a8n.runtime.schema"), "imports_no_sdk", "a8n.runtime"),
        (('    """What to say."""', ""), "describes_fields", "Greet.text has no description"),
        (('    """What proves who we are."""', ""), "describes_fields", "Account.token has no description"),
        (("token: Secret", "token: str"), "hides_secrets", "token is not typed as Secret"),
        (('group = "utility"', 'group = "misc"'), "describes_itself", "'misc' is none of"),
        (('"""Greet somebody."""', '"""greets"""'), "describes_itself", "one sentence"),
        (('subtitle = "{text}"', 'subtitle = "{txt}"'), "names_real_fields", "'txt', which is no field"),
        (('text: str\n    """What', 'text: Secret\n    """What'), "schema_holds_no_secret", "params/properties/text"),
        (('"Hello Ada"', '"Hello Bo"'), "examples_work", "Hello Bo"),
        (('{"$t": "Hello {{ json.name }}"}', "7"), "examples_can_be_saved", "text: Input should be a valid string"),
        (
            ("return Greeting(text", "ctx.item.json['x'] = 1; return Greeting(text"),
            "examples_work",
            "changes its input",
        ),
        (("return Greeting(text=self.text)", "raise ValueError('no')"), "examples_work", "it fails: no"),
        (('message": "Hello', 'massage": "Hello'), "older_versions_upgrade", "KeyError"),
        (
            ('return {"text": params["message"]}', 'return {"txt": params["message"]}'),
            "older_versions_upgrade",
            "params.text",
        ),
        (('params["message"]', 'params.pop("message")'), "older_versions_upgrade", "it must give new ones"),
        ((", version=1)", ")"), "older_versions_upgrade", "no example has the parameters of version 1"),
    ],
)
def test_a_broken_promise_is_named(make_plugin: MakePlugin, change: tuple[str, str], check: str, sentence: str) -> None:
    failures = broken(make_plugin(change))
    assert sentence in failures[check]


def test_a_picture_is_asked_for_and_may_hold_no_script(make_plugin: MakePlugin, tmp_path: Path) -> None:
    name = make_plugin(icon="")
    assert "no icon.svg beside the module" in broken(name)["icon"]
    (tmp_path / name / "icon.svg").write_text('<svg onload="alert(1)"></svg>')
    assert "event handler" in broken(name)["icon"]


def test_a_plugin_that_does_not_load_fails_with_the_reason(make_plugin: MakePlugin) -> None:
    failures = broken(make_plugin(("import BaseModel", "import BaseModel; import no_such_thing")))
    assert list(failures) == ["loads"]
    assert "ModuleNotFoundError: No module named 'no_such_thing'" in failures["loads"]


def test_pytest_runs_it_by_an_option(make_plugin: MakePlugin, tmp_path: Path) -> None:
    name = make_plugin(('"Hello Ada"', '"Hello Bo"'))
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", "--a8n-contract", name],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 1
    assert "greet::older_versions_upgrade PASSED" in result.stdout
    assert "greet::examples_work FAILED" in result.stdout
    assert "Hello Bo" in result.stdout
    assert "Traceback" not in result.stdout
