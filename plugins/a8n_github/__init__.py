"""GitHub: issues, pull requests, files, releases and workflows, and a start at what happens in a repository."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, Trigger, hookimpl
from a8n_github.credentials import GitHubOAuth2, GitHubToken, GitHubWebhookSecret
from a8n_github.files import RepositoryFile
from a8n_github.issues import FindIssues, Issue
from a8n_github.pulls import PullRequest
from a8n_github.releases import Release
from a8n_github.requests import ApiRequest, DispatchWorkflow
from a8n_github.trigger import RepositoryEvent


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """What an account can do."""
    return [Issue, FindIssues, PullRequest, RepositoryFile, Release, DispatchWorkflow, ApiRequest]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """Accounts, and the secret that webhooks are signed with."""
    return [GitHubToken, GitHubOAuth2, GitHubWebhookSecret]


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    """Events of a repository."""
    return [RepositoryEvent]
