"""What surrounds the routes: the OpenAPI document, headers, pages, health, projects, audit."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest
from pydantic import BaseModel
from quart import Quart

from a8n.runtime.instance import Instance
from a8n.runtime.settings import Settings
from a8n_web import pages
from a8n_web.api import catalogue
from tests.web.conftest import Client, workflow


async def document(client: Client) -> dict[str, Any]:
    reply = await client.get("/openapi.json")
    assert reply.status == 200
    body: dict[str, Any] = reply.body
    return body


# --- OpenAPI -----------------------------------------------------------------------------------------------------


async def test_openapi_has_every_route_of_the_table(stranger: Client) -> None:
    spec = await document(stranger)
    for route in stranger.app.extensions["a8n_routes"]:
        operation = spec["paths"][route.path][route.method.lower()]
        assert operation["summary"]
        assert {p["name"] for p in operation["parameters"] if p["in"] == "path"} == set(route.parameters)
        assert str(route.status) in operation["responses"]
        assert ("requestBody" in operation) == (route.body is not None)
    operations = [o for methods in spec["paths"].values() for o in methods.values()]
    assert len(operations) == len(stranger.app.extensions["a8n_routes"])
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert spec["openapi"].startswith("3.1")


async def test_openapi_references_nothing_that_is_not_there(stranger: Client) -> None:
    spec = await document(stranger)
    references = set(re.findall(r'"\$ref":"#/components/schemas/([^"]+)"', orjson.dumps(spec).decode()))
    assert references <= set(spec["components"]["schemas"])
    assert "#/$defs" not in orjson.dumps(spec).decode()


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """All models that a type mentions, those inside of models too."""
    pending, seen = [annotation], set[type]()
    while pending:
        current = pending.pop()
        if isinstance(current, type) and issubclass(current, BaseModel):
            if current not in seen:
                seen.add(current)
                yield current
                pending += [field.annotation for field in current.model_fields.values()]
        else:
            pending += [argument for argument in get_args(current) if not isinstance(argument, str)]


async def test_openapi_gives_each_model_a_name_of_its_own(stranger: Client) -> None:
    """Schemas are kept by the names of their classes: two of one name would be one, and clients' types be wrong."""
    named: dict[str, set[type[BaseModel]]] = {}
    for route in stranger.app.extensions["a8n_routes"]:
        for model in models_in(
            route.body | route.answer if route.body and route.answer else route.body or route.answer
        ):
            named.setdefault(model.__name__, set()).add(model)
    assert {name: models for name, models in named.items() if len(models) > 1} == {}
    schemas = (await document(stranger))["components"]["schemas"]
    for name, schema in schemas.items():
        if name != "Problem":
            [model] = named[name]
            assert set(schema["properties"]) == {field.alias or key for key, field in model.model_fields.items()}, name


async def test_openapi_says_which_routes_are_public(stranger: Client) -> None:
    spec = await document(stranger)
    assert spec["paths"]["/api/users/sign-in"]["post"]["security"] == []
    assert "security" not in spec["paths"]["/api/workflows"]["get"]
    assert "Needs `workflow:read`" in spec["paths"]["/api/workflows"]["get"]["description"]


async def test_examples_of_bodies_fit_their_models(stranger: Client) -> None:
    checked = 0
    for route in stranger.app.extensions["a8n_routes"]:
        fields = route.body.model_fields if route.body is not None else {}
        if fields and all(f.examples for f in fields.values() if f.is_required()):
            route.body.model_validate({(f.alias or n): f.examples[0] for n, f in fields.items() if f.examples})
            checked += 1
    assert checked > 5


# --- headers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/docs", "/api/workflows", "/healthz", "/nothing/here", "/own/docs.js"])
async def test_headers_are_on_every_answer(stranger: Client, path: str) -> None:
    headers = (await stranger.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    # The builder's page answers wherever there is nothing else.
    of_the_page = path in ("/", "/nothing/here")
    assert headers["Cross-Origin-Opener-Policy"] == ("same-origin-allow-popups" if of_the_page else "same-origin")
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy
    assert (headers.get("Cache-Control") == "no-store") == path.startswith("/api/")
    assert "Strict-Transport-Security" not in headers


async def test_transport_security_under_tls(stranger: Client) -> None:
    assert "Strict-Transport-Security" in (await stranger.get("/healthz", scheme="https")).headers


async def test_only_allowed_origins_may_call_from_a_page(settings: Settings) -> None:
    import dataclasses

    from a8n import Kernel
    from a8n_web.app import create_app

    allowed = dataclasses.replace(settings, allowed_origins=("https://app.example",))
    instance = await Instance.open(allowed, Kernel())
    try:
        client = Client(create_app(instance))
        good = await client("OPTIONS", "/api/workflows", headers={"Origin": "https://app.example"})
        bad = await client("OPTIONS", "/api/workflows", headers={"Origin": "https://evil.example"})
        assert good.headers["Access-Control-Allow-Origin"] == "https://app.example"
        assert "PATCH" in good.headers["Access-Control-Allow-Methods"]
        assert "Access-Control-Allow-Origin" not in bad.headers
    finally:
        await instance.close(grace=0)


# --- pages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["index.html", "docs.html", "docs.js", "page.css"])
def test_own_pages_have_no_inline_script_and_load_nothing_from_elsewhere(name: str) -> None:
    text = (pages.OWN / name).read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\son\w+=", text)
    assert not re.search(r"""(src|href)=["'](https?:)?//""", text)
    assert "@import" not in text
    assert "innerHTML" not in text
    assert "eval(" not in text


async def test_without_a_builder_a_page_says_how_to_go_on(stranger: Client, tmp_path: Path) -> None:
    app = Quart("empty", static_folder=None)
    pages.install(app, tmp_path)
    for path in ("/", "/setup", "/workflows/1"):
        reply = await Client(app).get(path)
        assert reply.status == 200
        assert b'href="docs"' in reply.body
        assert b'<base href="/">' in reply.body
        assert reply.headers["Cache-Control"] == "no-cache"
    assert (await Client(app).get("/assets/x.js")).status == 404


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """What a build of the builder leaves."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / ".vite").mkdir()
    (folder / "index.html").write_text("<html><head><title>builder</title></head></html>")
    (folder / "theme.js").write_text("theme")
    (folder / ".vite" / "manifest.json").write_text("{}")
    for suffix, text in (("", "plain"), (".br", "brotli"), (".gz", "gzip")):
        (folder / "assets" / f"app-1.js{suffix}").write_text(text)
    (tmp_path / "secret.txt").write_text("secret")
    return folder


def served(folder: Path, base: str = "/") -> Client:
    app = Quart("built", static_folder=None)
    pages.install(app, folder, base)
    return Client(app)


async def test_the_built_builder_is_served_with_its_own_addresses(built: Path) -> None:
    client = served(built)
    for path in ("/", "/workflow/17", "/settings/profile"):
        reply = await client.get(path)
        assert b"builder" in reply.body
        assert b'<head>\n<base href="/">' in reply.body
        assert reply.headers["Cache-Control"] == "no-cache"
    script = await client.get("/assets/app-1.js")
    assert "immutable" in script.headers["Cache-Control"]
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert (await client.get("/theme.js")).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt", "/assets/..%5c..%5csecret.txt", "/api/none",
        "/webhook/none", "/assets/gone-2.js", "/assets/none", "/.vite/manifest.json", "/assets/app-1.js.br", "/own/..",
        "/own/none.css",
    ],
)  # fmt: skip
async def test_nothing_else_of_the_disk_is_served(built: Path, path: str) -> None:
    assert (await served(built).get(path)).status == 404


@pytest.mark.parametrize(
    ("accepted", "encoding", "content"),
    [
        ("br, gzip", "br", b"brotli"),
        ("gzip, deflate, br;q=0.5", "br", b"brotli"),
        ("gzip, br;q=0", "gzip", b"gzip"),
        ("identity", None, b"plain"),
        ("", None, b"plain"),
    ],
)
async def test_files_are_sent_as_they_were_compressed_at_build(
    built: Path, accepted: str, encoding: str | None, content: bytes
) -> None:
    reply = await served(built).get("/assets/app-1.js", headers={"Accept-Encoding": accepted})
    assert reply.body == content
    assert reply.headers.get("Content-Encoding") == encoding
    assert reply.headers["Vary"] == "Accept-Encoding"
    assert reply.headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize("path", ["/", "/workflow/17", "/theme.js", "/own/page.css", "/assets/app-1.js"])
async def test_what_the_browser_has_is_not_sent_again_until_it_changes(built: Path, path: str) -> None:
    client = served(built)
    first = await client.get(path)
    again = await client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    for name in ("index.html", "theme.js", "assets/app-1.js"):
        (built / name).write_text("<head>another")
    changed = await client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status == (304 if path.startswith("/own/") else 200)


async def test_encodings_are_told_apart(built: Path) -> None:
    client = served(built)
    packed = await client.get("/assets/app-1.js", headers={"Accept-Encoding": "br"})
    plain = await client.get("/assets/app-1.js", headers={"If-None-Match": packed.headers["ETag"]})
    assert (plain.status, plain.body) == (200, b"plain")


async def test_the_builder_lives_below_a_path(settings: Settings, built: Path) -> None:
    import dataclasses

    below = dataclasses.replace(settings, public_url="https://example.com/tools/a8n")
    assert (below.base_path, Settings().base_path) == ("/tools/a8n/", "/")
    page = await served(built, below.base_path).get("/workflow/17")
    assert b'<base href="/tools/a8n/">' in page.body
    hostile = await served(built, '/"><script>/').get("/")
    assert b"<script>" not in hostile.body


# --- the instance ------------------------------------------------------------------------------------------------


async def test_health(stranger: Client) -> None:
    assert (await stranger.get("/healthz")).body == {"status": "ok"}
    assert (await stranger.get("/readyz")).status == 200


@pytest.mark.parametrize(("revision", "status"), [("9999", 200), ("0001", 503), ("other", 503)])
async def test_a_running_process_stays_ready_on_newer_tables_alone(
    stranger: Client, instance: Instance, revision: str, status: int
) -> None:
    """An upgrade migrates first and then replaces the processes one by one."""
    async with instance.db.begin() as connection:
        await connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
    assert (await stranger.get("/readyz")).status == status


async def test_a_full_disk_and_a_lost_database_have_their_own_answers(
    owner: Client, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    from a8n.runtime.errors import StoreFullError, StoreUnavailableError
    from a8n.runtime.projects import Projects

    for error, status in ((StoreUnavailableError("gone"), 503), (StoreFullError("full"), 507)):

        async def broken(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(Projects, "create", broken)
        reply = await owner.post("/api/projects", {"name": "x"})
        assert reply.status == status
    assert (await owner.post("/api/projects", {"name": "x"})).status == 507


async def test_an_error_of_ours_says_nothing_of_the_inside(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from a8n.runtime.projects import Projects

    async def broken(*_: object) -> None:
        raise RuntimeError("secret internals")

    monkeypatch.setattr(Projects, "create", broken)
    reply = await owner.post("/api/projects", {"name": "x"})
    assert reply.status == 500
    assert "secret" not in str(reply.body)
    assert reply["instance"].startswith("urn:uuid:")


async def test_projects_members_and_variables(owner: Client, member: Client) -> None:
    project = (await owner.post("/api/projects", {"name": "Sales"}))["id"]
    path = f"/api/projects/{project}"
    assert (await member.get(path)).status == 404
    await owner.put(f"{path}/members/{member.user['id']}", {"role": "editor"})
    assert (await member.get(path))["role"] == "editor"
    assert {row["email"] for row in (await member.get(f"{path}/members"))["data"]} == {
        "owner@example.org",
        "member@example.org",
    }
    assert (await owner.put(f"{path}/members/nobody", {"role": "editor"})).status == 404
    assert (await owner.delete(f"{path}/members/{owner.user['id']}")).status == 403  # the only owner

    assert (await member.put(f"{path}/variables/region", {"value": {"eu": True}})).status == 200
    assert (await member.put(f"{path}/variables/1x", {"value": 1})).status == 422
    assert (await member.get("/api/variables"))["data"] == [
        {"project": project, "name": "region", "value": {"eu": True}}
    ]
    assert (await member.delete(f"{path}/variables/region")).status == 204

    made = await member.post("/api/workflows", {**workflow(), "project": project})
    assert made["project"] == project
    assert (await owner.delete(path)).status == 409  # not empty
    await owner.delete(f"/api/workflows/{made['id']}")
    assert (await owner.delete(path)).status == 204


async def test_what_is_done_is_in_the_audit_log(owner: Client) -> None:
    await owner.post("/api/workflows", workflow())
    rows = (await owner.get("/api/audit?limit=2"))["data"]
    assert [row["action"] for row in rows] == ["workflow.create", "user.sign_up"]
    assert rows[0]["user"] == owner.user["id"]
    assert (await owner.get("/api/audit/verify"))["whole"] is True


async def test_plugins_are_listed_with_their_health(owner: Client) -> None:
    (plugin,) = (await owner.get("/api/plugins"))["data"]
    assert plugin["healthy"] is True
    assert "toy.send" in plugin["nodes"]
    assert plugin["icon"] is None
    assert (await owner.get("/api/plugins/none/icon.svg")).status == 404


async def test_listening_for_test_requests(owner: Client, instance: Instance) -> None:
    made = await owner.post("/api/workflows", workflow(path="draft/{id}"))
    listened = await owner.post(f"/api/webhooks/{made['id']}/listen")
    assert listened["data"][0]["url"].endswith("/webhook/draft/{id}")
    assert instance.hooks.find("POST", "draft/7") is not None
    assert (await owner.get(f"/api/webhooks/{made['id']}/captures"))["data"] == []
    assert (await owner.delete(f"/api/webhooks/{made['id']}/listen")).status == 204
    assert instance.hooks.find("POST", "draft/7") is None


# --- text --------------------------------------------------------------------------------------------------------


async def test_a_workflow_goes_out_as_text_and_in_again(owner: Client, member: Client) -> None:
    secret = {"name": "Sales bot", "kind": "toy.account", "values": {"token": "secret-token"}}
    credential = (await owner.post("/api/credentials", secret))["id"]
    document = workflow(name="Grüße & more")
    document["nodes"].append(
        {"id": "send", "name": "Send", "type": "toy.send", "params": {"account": {"$credential": credential}}}
    )
    made = await owner.post("/api/workflows", document)
    out = await owner.get(f"/api/workflows/{made['id']}/export")
    assert out.headers["Content-Disposition"] == 'attachment; filename="gr-e-more.yaml"'
    text = out.body.decode()
    assert "Sales bot" in text
    assert credential not in text
    back = await owner.post("/api/workflows/import", {"text": text, "tags": ["copy"]})
    assert back.status == 201, back.body
    for key in ("name", "nodes", "connections", "settings"):
        assert back[key] == made[key]

    elsewhere = await member.post("/api/workflows/import", {"text": text})
    assert elsewhere.status == 422
    assert "Sales bot" in str(elsewhere["errors"])
    broken = await owner.post("/api/workflows/import", {"text": "nodes: ["})
    assert broken.status == 422
    as_json = await owner.get(f"/api/workflows/{made['id']}/export?format=json")
    assert as_json["name"] == "Grüße & more"


async def test_outputs_that_depend_on_parameters_are_asked_for(owner: Client) -> None:
    assert (await owner.get("/api/node-types/toy.sorter"))["dynamic_outputs"] is True
    assert (await owner.get("/api/node-types/toy.greet"))["dynamic_outputs"] is False
    asked = await owner.post("/api/node-types/toy.sorter/ports", {"params": {"names": ["big", "small"]}})
    assert asked["outputs"] == ["big", "small"]
    unfinished = await owner.post("/api/node-types/toy.sorter/ports", {"params": {"names": 7}})
    assert unfinished["outputs"] == ["rest"]
    assert (await owner.post("/api/node-types/toy.none/ports", {"params": {}})).status == 404


async def test_a_node_type_without_a_picture_of_its_own_has_none(owner: Client) -> None:
    assert (await owner.get("/api/node-types/toy.greet/icon.svg")).status == 404


async def test_the_catalogue_is_compressed_for_those_who_take_that_and_sent_once(
    owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "COMPRESSED", 100)
    plain = await owner.get("/api/node-types")
    headers = {"Authorization": f"Bearer {owner.token}", "Accept-Encoding": "br, gzip"}
    packed = await owner.app.test_client(use_cookies=False).get("/api/node-types", headers=headers)
    raw = await packed.get_data(as_text=False)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert orjson.loads(gzip.decompress(raw)) == plain.body
    assert len(raw) < len(orjson.dumps(plain.body)) / 3
    for tag, taken in ((plain.headers["ETag"], "identity"), (packed.headers["ETag"], "gzip")):
        known = {"If-None-Match": tag, "Accept-Encoding": taken}
        assert (await owner.get("/api/node-types", headers=known)).status == 304
    assert plain.headers["ETag"] != packed.headers["ETag"]
