"""The files in contrib/deploy say what a8n understands: settings, commands, paths, and time enough to stop.

That a backup can be restored is shown in tests/live/test_backup.py.
"""

from __future__ import annotations

import configparser
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from a8n.runtime.settings import Settings
from a8n_web.api import table
from a8n_web.cli import outcome

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "contrib" / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
DOCUMENTS = sorted([*DEPLOY.rglob("*.yaml"), *DEPLOY.rglob("*.yml")])
UNITS = sorted(DEPLOY.rglob("*.service"))
SERVICES = [unit for unit in UNITS if unit.stem != "a8n-migrate"]
SETTINGS = {name for name, _, _ in Settings.documentation()}
STOPS = 3
"""How often A8N_GRACE may pass one after the other: open requests, what is queued here, what runs."""


def read(path: Path) -> list[Any]:
    """The documents of a YAML file."""
    return list(YAML(typ="safe").load_all(path.read_text()))


def compose() -> Any:
    return read(DEPLOY / "compose.yaml")[0]


def our_services() -> dict[str, Any]:
    return {name: service for name, service in compose()["services"].items() if "build" in service}


def objects(*kinds: str) -> list[Any]:
    """Everything for Kubernetes, of these kinds."""
    found = [document for path in sorted(KUBERNETES.rglob("*.yaml")) for document in read(path)]
    return [document for document in found if document.get("kind") in kinds]


def pods() -> dict[str, Any]:
    """The templates of pods, by name."""
    return {made["metadata"]["name"]: made["spec"]["template"]["spec"] for made in objects("Deployment", "Job")}


def unit(path: Path) -> configparser.SectionProxy:
    """The section [Service]."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as the documentation of configparser says
    parser.read(path)
    return parser["Service"]


def dockerfile() -> list[list[str]]:
    """The words of each instruction."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


def command_lines() -> Iterator[tuple[str, list[str]]]:
    """Where a8n is called, and how."""
    for name, service in our_services().items():
        yield f"compose {name}", service["command"]
    for name, pod in pods().items():
        yield f"kubernetes {name}", pod["containers"][0]["args"]
    for path in UNITS:
        yield path.name, unit(path)["ExecStart"].split()[1:]
    yield "Dockerfile", re.findall(r'"(.*?)"', " ".join(dockerfile()[-1]))
    for page in (DEPLOY / "README.md", ROOT / "docs" / "deployment.md", ROOT / "docs" / "operations.md"):
        for words in re.findall(r"`a8n ((?:[a-z]+ ?)+)", page.read_text()):
            yield f"{page.name}: {words}", words.split()


LINES = dict(command_lines())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_every_document_can_be_read(path: Path) -> None:
    assert all(isinstance(document, dict) and document for document in read(path))


@pytest.mark.parametrize("words", LINES.values(), ids=LINES.keys())
def test_every_command_exists(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome([*words, "--help"]) == 0, capsys.readouterr().err


# --- settings ----------------------------------------------------------------------------------------------------


def variables() -> Iterator[tuple[str, set[str]]]:
    """The variables that each file gives to a8n."""
    for name, service in our_services().items():
        yield f"compose {name}", set(service["environment"])
    for document in objects("Kustomization"):
        for made in document.get("configMapGenerator", []):
            yield f"kubernetes {made['name']}", {literal.partition("=")[0] for literal in made["literals"]}
    for document in objects("Secret"):
        yield f"kubernetes {document['metadata']['name']}", set(document["stringData"])
    for pod in pods().values():
        for container in pod["containers"]:
            assert "env" not in container
    for path in UNITS:
        yield path.name, {unit(path)["Environment"].partition("=")[0]}
    example = (DEPLOY / "systemd" / "a8n.env.example").read_text()
    yield "a8n.env.example", set(re.findall(r"^#?([A-Z0-9_]+)=", example, re.MULTILINE))
    env = next(words for words in dockerfile() if words[0] == "ENV" and any("A8N" in word for word in words))
    yield "Dockerfile", {word.partition("=")[0] for word in env[1:]} - {"PATH"}


VARIABLES = dict(variables())


@pytest.mark.parametrize("names", VARIABLES.values(), ids=VARIABLES.keys())
def test_every_variable_is_a_setting(names: set[str]) -> None:
    assert names
    assert {name for name in names if not name.startswith("PYTHON")} <= SETTINGS


def test_the_line_in_the_example_makes_what_compose_needs() -> None:
    example = (DEPLOY / ".env.example").read_text()
    line = re.search(r"^# +(printf .*) >> \.env$", example, re.MULTILINE)
    assert line is not None
    made = subprocess.run(["sh", "-euc", line[1]], capture_output=True, text=True, check=True).stdout
    pairs = re.findall(r"^([A-Z0-9_]+)=(.*)$", f"{example}\n{made}", re.MULTILINE)
    values = dict(pairs)
    assert len(values) == len(pairs), "a variable is there twice"

    def filled(text: object) -> str:
        return re.sub(r"\$\{(\w+):[-?][^}]*\}", lambda found: values[found[1]], str(text))

    for service in our_services().values():
        settings = Settings.from_env({name: filled(value) for name, value in service["environment"].items()})
        assert settings.database_url
        assert settings.redis_url
        assert len(settings.encryption_keys) == 1
        assert settings.jwt_secret_key
        assert settings.metrics_token


def test_all_processes_of_kubernetes_share_one_secret_and_the_settings() -> None:
    for pod in pods().values():
        assert {"secretRef": {"name": "a8n-secrets"}} in pod["containers"][0]["envFrom"]
    needed = {"DATABASE_URL", "REDIS_URL", "JWT_SECRET_KEY", "A8N_ENCRYPTION_KEYS"}
    (secret,) = objects("Secret")
    assert needed <= set(secret["stringData"])
    assert not any(secret["stringData"].values())


# --- starting and stopping ---------------------------------------------------------------------------------------


def probes() -> Iterator[str]:
    for pod in pods().values():
        for container in pod["containers"]:
            for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
                if kind in container:
                    yield container[kind]["httpGet"]["path"]
    for monitor in objects("PodMonitor"):
        yield from (endpoint["path"] for endpoint in monitor["spec"]["podMetricsEndpoints"])
    for name in ("Dockerfile", "compose.yaml"):
        yield from re.findall(r"'GET', '(.*?)'", (DEPLOY / name).read_text())


def test_probes_ask_for_what_there_is() -> None:
    asked = set(probes())
    assert asked == {"/healthz", "/readyz", "/metrics"}
    assert asked <= {route.rule for route in table() if route.method == "GET"}


@pytest.mark.parametrize("name", ["a8n-web", "a8n-worker"])
def test_what_runs_is_probed_in_all_three_ways(name: str) -> None:
    (container,) = pods()[name]["containers"]
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["startupProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_nobody_is_killed_before_the_grace_is_over() -> None:
    needed = Settings().grace * STOPS
    for service in our_services().values():
        assert float(service["stop_grace_period"].removesuffix("s")) > needed
    for deployment in objects("Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        hook = pod["containers"][0].get("lifecycle")
        before = float(hook["preStop"]["exec"]["command"][1]) if hook else 0
        assert pod["terminationGracePeriodSeconds"] > needed + before
    for path in SERVICES:
        assert float(unit(path)["TimeoutStopSec"]) > needed


def test_signals_reach_a8n() -> None:
    entry = next(words for words in dockerfile() if words[0] == "ENTRYPOINT")
    assert entry[1].startswith("["), "a shell would keep the signal to itself"
    for path in SERVICES:
        assert (unit(path)["KillMode"], unit(path)["Restart"]) == ("mixed", "always")


def test_compose_migrates_before_anything_else_starts() -> None:
    services = our_services()
    assert services["migrate"]["restart"] == "no"
    for name in ("web", "worker"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert services[name]["deploy"]["replicas"] == 2


def test_ports_are_those_of_the_settings() -> None:
    given = [made for document in objects("Kustomization") for made in document.get("configMapGenerator", [])]
    settings = dict(literal.split("=", 1) for literal in given[0]["literals"])
    for name, variable in (("a8n-web", "A8N_PORT"), ("a8n-worker", "A8N_WORKER_PORT")):
        (port,) = pods()[name]["containers"][0]["ports"]
        assert str(port["containerPort"]) == settings[variable]
        (policy,) = (made for made in objects("NetworkPolicy") if made["metadata"]["name"] == name)
        assert [str(p["port"]) for p in policy["spec"]["ingress"][0]["ports"]] == [settings[variable]]
    assert f"'127.0.0.1', {our_services()['worker']['environment']['A8N_WORKER_PORT']}" in str(
        our_services()["worker"]["healthcheck"]
    )


def test_workers_are_scaled_by_a_metric_that_there_is() -> None:
    names = re.findall(r"a8n_\w+", objects("ScaledObject")[0]["spec"]["triggers"][0]["metadata"]["query"])
    assert names
    table = (ROOT / "docs" / "operations.md").read_text()
    assert [name for name in names if f"| `{name}` |" not in table] == []


# --- what they may -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pod", pods().values(), ids=pods().keys())
def test_pods_have_no_rights_that_they_do_not_need(pod: Any) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False, "a Service named a8n would set A8N_PORT"
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("service", our_services().values(), ids=our_services().keys())
def test_containers_have_no_rights_that_they_do_not_need(service: Any) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "ports" not in service


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_have_no_rights_that_they_do_not_need(path: Path) -> None:
    service = unit(path)
    assert service["User"] == "a8n"
    assert service["ProtectSystem"] == "strict"
    assert (service["NoNewPrivileges"], service["PrivateTmp"], service["CapabilityBoundingSet"]) == ("yes", "yes", "")
    assert service["Environment"] == f"A8N_DATA_DIR=/var/lib/{service['StateDirectory']}"


def test_the_image_does_not_run_as_root() -> None:
    assert [words[1] for words in dockerfile() if words[0] == "USER"][-1] == "10001:10001"
    assert {pod["securityContext"]["runAsUser"] for pod in pods().values()} == {10001}


# --- what they are made of ---------------------------------------------------------------------------------------


def test_the_image_is_made_of_what_is_there() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    copied = [word for words in dockerfile() if words[0] == "COPY" and "--from" not in words[1] for word in words[1:-1]]
    assert copied
    for name in copied:
        assert (ROOT / name).exists(), name
        assert {f"!{folder}" for folder in (Path(name), *Path(name).parents)} & set(ignored), name


def test_what_is_installed_into_the_image_is_pinned_by_its_hash() -> None:
    bases = {words[1] for words in dockerfile() if words[0] == "FROM"}
    assert bases == {"python:3.13-slim"}
    installs = re.findall(r"pip install ([^&\n]*)", "\n".join(" ".join(words) for words in dockerfile()))
    assert installs
    for options in installs:
        assert "--require-hashes" in options or "--no-index" in options


def test_every_image_has_a_version() -> None:
    for name, service in compose()["services"].items():
        assert name in our_services() or re.search(r":\d", service["image"]), name


@pytest.mark.parametrize(
    "path", sorted(KUBERNETES.rglob("kustomization.yaml")), ids=lambda path: str(path.relative_to(KUBERNETES))
)
def test_a_kustomization_names_what_is_there(path: Path) -> None:
    (document,) = read(path)
    assert document["resources"]
    for name in document["resources"]:
        assert (path.parent / name).is_file()


def test_web_and_workers_share_the_folder_of_the_files() -> None:
    folder = next(word for words in dockerfile() for word in words if word.startswith("A8N_DATA_DIR=")).partition("=")[
        2
    ]
    for name in ("web", "worker"):
        assert our_services()[name]["volumes"] == [f"files:{folder}"]
        pod = pods()[f"a8n-{name}"]
        assert {"name": "files", "mountPath": folder} in pod["containers"][0]["volumeMounts"]
        assert {"name": "files", "persistentVolumeClaim": {"claimName": "a8n-files"}} in pod["volumes"]
    (claim,) = objects("PersistentVolumeClaim")
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
