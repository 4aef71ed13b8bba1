"""What reaches GitHub, and what becomes of its refusals."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tests.plugins.github.conftest import account
from tests.plugins.github.github_api import GitHub

from a8n import Item, Node, NodeError
from a8n.testing import InvalidError, Services, objects, run
from a8n_github.files import RepositoryFile
from a8n_github.issues import FindIssues, Issue
from a8n_github.pulls import PullRequest
from a8n_github.releases import Release
from a8n_github.requests import ApiRequest, DispatchWorkflow


async def does(api: GitHub, services: Services, node: type[Node], item: Any = None, **params: Any) -> list[Any]:
    given = {"account": account(api), **params}
    if node not in (FindIssues, ApiRequest):
        given.setdefault("repository", "octo/shop")
    return (await run(node, given, [item or {}], services=services))["main"]


async def test_the_test_button_says_who_it_is(api: GitHub, services: Services) -> None:
    assert await account(api).check(services.http) == "signed in as octocat"


async def test_a_wrong_token_is_not_shown(api: GitHub, services: Services) -> None:
    with pytest.raises(NodeError, match="does not accept") as caught:
        await account(api, token="ghp_wrong").check(services.http)
    assert not caught.value.retryable
    assert "ghp_wrong" not in f"{caught.value} {caught.value.hint}"


async def test_an_issue_is_made_changed_labelled_and_commented_on(api: GitHub, services: Services) -> None:
    action: dict[str, Any] = {"kind": "create", "title": "Broken", "labels": ["bug"]}
    (made,) = objects(await does(api, services, Issue, action=action))
    assert (made["number"], made["title"], made["labels"], made["author"]) == (1, "Broken", ["bug"], "octocat")
    action = {"kind": "label", "number": 1, "add": ["urgent"], "remove": ["bug", "gone"]}
    (labelled,) = objects(await does(api, services, Issue, action=action))
    assert labelled["labels"] == ["urgent"]
    (comment,) = objects(await does(api, services, Issue, action={"kind": "comment", "number": 1, "body": "Hm"}))
    assert comment["body"] == "Hm"
    await does(api, services, Issue, action={"kind": "update", "number": 1, "state": "not_planned"})
    assert api.writes()[-1] == (
        "PATCH",
        "/repos/octo/shop/issues/1",
        {"state": "closed", "state_reason": "not_planned"},
    )


async def test_refusals_name_the_field(api: GitHub, services: Services) -> None:
    with pytest.raises(NodeError) as caught:
        await does(api, services, Issue, action={"kind": "get", "number": 77})
    assert caught.value.field == "action.number"
    with pytest.raises(NodeError, match="nothing to change"):
        await does(api, services, Issue, action={"kind": "update", "number": 1})
    with pytest.raises(InvalidError, match="repository"):
        await does(api, services, Issue, repository="octo/..", action={"kind": "get", "number": 1})
    errors = [{"resource": "Issue", "field": "assignees", "code": "invalid"}]
    api.refusals.append((422, {"message": "Validation Failed", "errors": errors}, {}))
    with pytest.raises(NodeError, match=r"Issue\.assignees invalid") as caught:
        await does(api, services, Issue, action={"kind": "create", "title": "x", "assignees": ["nobody"]})
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("status", "headers", "message", "least", "most"),
    [
        (403, {"retry-after": "17"}, "You have exceeded a secondary rate limit", 17, 17),
        (429, {}, "slow down", 60, 60),
        (403, {}, "You have exceeded a secondary rate limit", 60, 60),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, "API rate limit exceeded", 500, 601),
    ],
)
async def test_limits_say_how_long_to_wait(
    api: GitHub, services: Services, status: int, headers: dict[str, str], message: str, least: float, most: float
) -> None:
    if headers.get("x-ratelimit-reset"):
        headers = {**headers, "x-ratelimit-reset": str(int(time.time()) + 600)}
    api.refusals.append((status, {"message": message}, headers))
    with pytest.raises(NodeError, match="asks to wait") as caught:
        await does(api, services, Issue, action={"kind": "get", "number": 1})
    assert caught.value.retryable
    assert caught.value.retry_after is not None
    assert least <= caught.value.retry_after <= most


async def test_a_missing_permission_is_not_tried_again(api: GitHub, services: Services) -> None:
    refusal = {"message": "Resource not accessible by personal access token"}
    api.refusals.append((403, refusal, {"x-accepted-github-permissions": "issues=write"}))
    with pytest.raises(NodeError) as caught:
        await does(api, services, Issue, action={"kind": "get", "number": 1})
    assert not caught.value.retryable
    assert "issues=write" in str(caught.value.hint)


async def test_lists_go_on_to_the_next_page_and_stop_at_the_limit(api: GitHub, services: Services) -> None:
    for number in range(130):
        api.issue(title=f"{number}", **({"pull_request": {}} if number == 3 else {}))
    by = {"kind": "list", "repository": "octo/shop"}
    found = await does(api, services, FindIssues, by=by, limit=120)
    assert len(found) == 119  # one is a pull request
    assert len(api.asked) == 2
    found = await does(api, services, FindIssues, by={"kind": "search", "query": "is:issue"}, limit=130)
    assert len(found) == 130


async def test_a_next_page_elsewhere_is_not_followed(api: GitHub, services: Services) -> None:
    api.refusals.append((200, [], {"link": '<https://evil.example/?page=2>; rel="next"'}))
    with pytest.raises(NodeError, match="another host"):
        await does(api, services, FindIssues, by={"kind": "list", "repository": "octo/shop"})


async def test_a_page_that_is_no_json(api: GitHub, services: Services) -> None:
    api.refusals.append((200, "a text", {}))
    with pytest.raises(NodeError, match="unknown form"):
        await does(api, services, PullRequest, action={"kind": "get", "number": 7})


async def test_pull_requests(api: GitHub, services: Services) -> None:
    action: dict[str, Any] = {"kind": "create", "title": "Faster", "head": "fast"}
    (made,) = objects(await does(api, services, PullRequest, action=action))
    assert (made["number"], made["head"], made["base"]) == (7, "fast", "main")
    (listed,) = objects(await does(api, services, PullRequest, action={"kind": "list"}))
    assert listed["number"] == 7
    with pytest.raises(NodeError) as caught:
        await does(api, services, PullRequest, action={"kind": "merge", "number": 7, "sha": "b" * 40})
    assert caught.value.field == "action.sha"
    merge = {"kind": "merge", "number": 7, "method": "squash"}
    (merged,) = objects(await does(api, services, PullRequest, action=merge))
    (again,) = objects(await does(api, services, PullRequest, action=merge))
    assert merged["merged"]
    assert again["merged"]
    assert again["sha"] == merged["sha"]


async def test_a_file_is_written_once_and_read_back(api: GitHub, services: Services) -> None:
    put = {"kind": "put", "text": "Grüße", "message": "Greet"}
    (first,) = objects(await does(api, services, RepositoryFile, path="a b.md", action=put))
    (second,) = objects(await does(api, services, RepositoryFile, path="a b.md", action=put))
    assert (first["changed"], second["changed"]) == (True, False)
    assert len(api.writes()) == 1
    (changed,) = objects(await does(api, services, RepositoryFile, path="a b.md", action={**put, "text": "x"}))
    assert changed["changed"]
    assert api.files["a b.md"] == b"x"
    with pytest.raises(NodeError) as caught:
        await does(api, services, RepositoryFile, path="a b.md", action={**put, "sha": "0" * 40})
    assert caught.value.field == "action.sha"
    (item,) = await does(api, services, RepositoryFile, path="a b.md")
    assert services.files is not None
    assert await services.files.read(item.files["file"]) == b"x"


async def test_a_large_file_comes_raw_and_a_folder_is_listed(api: GitHub, services: Services) -> None:
    api.files.update({"docs/big.bin": b"x" * (2**20 + 1)})
    (item,) = await does(api, services, RepositoryFile, path="docs/big.bin")
    assert item.files["file"].size == 2**20 + 1
    (entry,) = objects(await does(api, services, RepositoryFile, path="docs"))
    assert entry["path"] == "docs/big.bin"


async def test_a_file_of_the_item_is_committed(api: GitHub, services: Services) -> None:
    assert services.files is not None
    item = Item({}, {"report": await services.files.save(b"%PDF", "r.pdf")})
    put = {"kind": "put", "file": "report", "message": "Report"}
    await does(api, services, RepositoryFile, item, path="r.pdf", action=put)
    assert api.files["r.pdf"] == b"%PDF"


async def test_a_commit_in_between_may_be_tried_again(api: GitHub, services: Services) -> None:
    api.files["x"] = b"1"
    api.refusals += [(200, {"type": "file", "sha": "0" * 40}, {})]
    with pytest.raises(NodeError, match="somebody else") as caught:
        await does(api, services, RepositoryFile, path="x", action={"kind": "put", "text": "2", "message": "m"})
    assert caught.value.retryable


@pytest.mark.parametrize("path", ["../x", "a//b", "/a", "a/./b"])
async def test_a_path_stays_inside(api: GitHub, services: Services, path: str) -> None:
    with pytest.raises(InvalidError, match="path"):
        await does(api, services, RepositoryFile, path=path)


async def test_a_release_is_made_once(api: GitHub, services: Services) -> None:
    action = {"kind": "create", "tag": "v1.2.0", "notes": True}
    for _ in range(2):
        (made,) = objects(await does(api, services, Release, action=action))
        assert (made["tag"], made["name"]) == ("v1.2.0", "v1.2.0")
    assert len(api.releases) == 1


async def test_a_workflow_is_started_with_texts(api: GitHub, services: Services) -> None:
    values = [{"name": "dry", "value": True}, {"name": "count", "value": 3}]
    await does(api, services, DispatchWorkflow, workflow="deploy.yml", values=values)
    assert api.writes()[0][2] == {"ref": "main", "inputs": {"dry": "true", "count": "3"}}
    with pytest.raises(NodeError) as caught:
        await does(api, services, DispatchWorkflow, workflow="other.yml")
    assert caught.value.field == "workflow"


async def test_any_other_request(api: GitHub, services: Services) -> None:
    (told,) = objects(await does(api, services, ApiRequest, path="/user"))
    assert (told["status"], told["body"]) == (200, {"login": "octocat"})


async def test_repositories_are_offered(api: GitHub, services: Services) -> None:
    found = await Issue.repositories(account(api), "sit", services.http)
    assert [one.value for one in found] == ["octo/site"]


def test_what_makes_something_new_is_unsafe() -> None:
    for node, kind, effect in (
        (Issue, "create", "unsafe"),
        (Issue, "update", "idempotent"),
        (PullRequest, "create", "unsafe"),
        (PullRequest, "merge", "idempotent"),
    ):
        assert node.effect_of({"action": {"kind": kind}}) == effect
        assert node.effect_of({"action": {"kind": {"$": "json.kind"}}}) == "unsafe"


async def test_a_file_that_is_garbled(api: GitHub, services: Services) -> None:
    api.refusals.append((200, {"type": "file", "encoding": "base64", "content": "x", "size": 1}, {}))
    with pytest.raises(NodeError, match="cannot be read"):
        await does(api, services, RepositoryFile, path="x")
