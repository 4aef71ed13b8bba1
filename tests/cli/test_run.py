"""`a8n run`: a workflow file without a server."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from a8n import BatchNode, Context, Credential, Item, Kernel, Node, NodeError, Secret, Trigger, Wait, hookimpl
from tests.cli.conftest import A8n


class Account(Credential):
    """An account."""

    key = "trial.account"

    token: Secret


class Start(Trigger):
    """Start by hand."""

    key = "trial.start"

    def sample(self) -> list[Item]:
        return [Item({"name": "nobody"})]


class Greet(Node):
    """Greet somebody."""

    key = "trial.greet"
    effect = "pure"

    text: str

    def run(self, ctx: Context) -> Any:
        return {"text": self.text}


class SignIn(Node):
    """Sign in."""

    key = "trial.sign_in"

    account: Account

    async def run(self, ctx: Context) -> Any:
        return {"length": len(self.account.token.get_secret_value()), "variable": ctx.vars.get("level")}


class Save(Node):
    """Save a file under a name that a stranger chose."""

    key = "trial.save"

    async def run(self, ctx: Context) -> Any:
        return Item({}, {"made": await ctx.files.save(b"content", "../../sneaky.txt")})


class Sleep(BatchNode):
    """Wait for a moment, or for a call."""

    key = "trial.sleep"
    effect = "idempotent"

    callable: bool = False

    async def run(self, ctx: Context, items: Sequence[Item]) -> Any:
        return Wait(until=None if self.callable else ctx.execution.started_at, callable=self.callable)


class Fail(Node):
    """Fail."""

    key = "trial.fail"

    async def run(self, ctx: Context) -> Any:
        raise NodeError("the service says no", field="text", hint="ask again")


class Plugin:
    @hookimpl
    def register_nodes(self) -> list[Any]:
        return [Greet, SignIn, Save, Sleep, Fail]

    @hookimpl
    def register_triggers(self) -> list[Any]:
        return [Start]

    @hookimpl
    def register_credentials(self) -> list[Any]:
        return [Account]


@pytest.fixture(autouse=True)
def _plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("a8n_web.cli.running.kernel_of", lambda settings: Kernel([Plugin()]))


def workflow(node: str) -> str:
    return f"nodes:\n  start: {{type: trial.start}}\n  it:\n    name: It\n{node}\nconnections: [start -> it]\n"


GREET = workflow("    type: trial.greet\n    params: {text: {$t: 'Hello {{ json.name }}'}}")


def test_it_prints_the_last_items_and_shows_the_steps(a8n: A8n) -> None:
    Path("greet.yaml").write_text(GREET)
    shown = a8n("run", "greet.yaml", "--input", '[{"name": "Ada"}, {"name": "Bo"}]')
    assert shown.code == 0
    assert json.loads(shown.out) == [{"text": "Hello Ada"}, {"text": "Hello Bo"}]
    assert shown.err.splitlines()[-1].split()[:4] == ["✓", "It", "2", "items"]


def test_input_comes_from_a_file_or_from_the_trigger_s_sample(a8n: A8n) -> None:
    Path("item.json").write_text('{"name": "Grace"}')
    assert json.loads(a8n("run", "-", "-i", "@item.json", stdin=GREET).out) == [{"text": "Hello Grace"}]
    quiet = a8n("run", "-", "--quiet", stdin=GREET)
    assert (json.loads(quiet.out), quiet.err) == ([{"text": "Hello nobody"}], "")


def test_json_tells_everything_also_when_it_fails(a8n: A8n) -> None:
    shown = a8n("run", "-", "--json", stdin=workflow("    type: trial.fail"))
    told = json.loads(shown.out)
    assert (shown.code, shown.err, told["status"]) == (1, "", "failed")
    assert (told["error"]["node"], told["error"]["field"]) == ("it", "text")
    assert [(step["node"], step["status"]) for step in told["steps"]] == [("start", "succeeded"), ("it", "failed")]


def test_a_failure_names_node_and_field(a8n: A8n) -> None:
    shown = a8n("run", "-", stdin=workflow("    type: trial.fail"))
    assert (shown.code, shown.out) == (1, "")
    assert shown.err.splitlines()[-1] == "a8n: It failed at text: the service says no – ask again"


def test_credentials_come_from_a_file_by_name(a8n: A8n) -> None:
    node = "    type: trial.sign_in\n    params: {account: {$credential: Ours}}"
    Path("secrets.yaml").write_text("Ours: {kind: trial.account, token: s3cret}\n")
    given = ("--credentials", "secrets.yaml", "--var", "level=3")
    assert json.loads(a8n("run", "-", *given, stdin=workflow(node)).out) == [{"length": 6, "variable": 3}]
    shown = a8n("run", "-", stdin=workflow(node))
    assert "there is no credential named 'Ours' – give its values in a file with --credentials" in shown.err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Ours: {kind: trial.acount, token: s3cret}", "no installed plugin has the credential kind 'trial.acount'"),
        ("Ours: {kind: trial.account, tocken: s3cret}", "Ours.token: Field required"),
        ("Ours: s3cret", "expected a mapping"),
        ("Ours: [", "line 1"),
    ],
)
def test_a_wrong_credentials_file_is_named_and_no_secret_shown(a8n: A8n, text: str, sentence: str) -> None:
    Path("secrets.yaml").write_text(text)
    shown = a8n("run", "-", "-c", "secrets.yaml", stdin=GREET)
    assert (shown.code, sentence in shown.err, "s3cret" in shown.err) == (1, True, False)


def test_files_are_written_to_the_folder_and_nowhere_else(a8n: A8n, tmp_path: Path) -> None:
    shown = a8n("run", "-", "--files", "out", stdin=workflow("    type: trial.save"))
    assert shown.code == 0
    assert (tmp_path / "out" / "sneaky.txt").read_bytes() == b"content"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["sneaky.txt"]


def test_a_wait_for_a_time_is_waited_for_and_one_for_a_call_is_not(a8n: A8n) -> None:
    assert json.loads(a8n("run", "-", stdin=workflow("    type: trial.sleep")).out) == [{"name": "nobody"}]
    shown = a8n("run", "-", stdin=workflow("    type: trial.sleep\n    params: {callable: true}"))
    assert (shown.code, "waits for a call from outside" in shown.err) == (1, True)


@pytest.mark.parametrize(
    ("text", "args", "code", "sentence"),
    [
        (GREET, ["-i", "{"], 2, "--input is no JSON"),
        (GREET, ["-i", "[1]"], 2, "a JSON object (one item) or a list of objects"),
        (GREET, ["-t", "begin"], 2, "the workflow has no node 'begin'"),
        (GREET, ["--var", "x"], 2, "not of the form NAME=VALUE"),
        (GREET.replace("trial.greet", "trial.great"), [], 1, "nodes.it.type: no installed plugin has"),
        (GREET.replace("text:", "texts:"), [], 1, "nodes.it.params.text: Field required"),
        (GREET.replace("start -> it", "start -> that"), [], 1, "connections.0.to: there is no node"),
        (GREET.replace("type: trial.start", "typ: trial.start"), [], 1, "nodes.start.type: Field required (line 2)"),
        ("nodes: {a: {type: trial.start}, b: {type: trial.start}}", [], 2, "choose one with --trigger: a, b"),
        ("nodes: {a: {type: trial.greet}}", [], 1, "no trigger to start from"),
        ("nodes: [", [], 1, "line 1"),
    ],
)  # fmt: skip
def test_what_cannot_run_is_refused_with_a_sentence(
    a8n: A8n, text: str, args: list[str], code: int, sentence: str
) -> None:
    shown = a8n("run", "-", *args, stdin=text)
    assert (shown.code, shown.out) == (code, "")
    assert sentence in shown.err
    assert shown.err.count("\n") == len([line for line in shown.err.splitlines() if line.startswith("a8n: ")])


def test_a_file_that_is_not_there_is_wrong_usage(a8n: A8n) -> None:
    assert a8n("run", "nothing.yaml").code == 2
