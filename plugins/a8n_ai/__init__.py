"""AI: chat models and agents, on LangChain and LangGraph."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, Trigger, hookimpl
from a8n_ai.accounts import ACCOUNTS
from a8n_ai.agent import Agent
from a8n_ai.chat import ChatModel
from a8n_ai.classify import Classify
from a8n_ai.extract import Extract
from a8n_ai.guardrail import Guardrail
from a8n_ai.mcp_accounts import McpServer, McpSignIn
from a8n_ai.mcp_nodes import McpCall, McpTools
from a8n_ai.mcp_trigger import ToolTrigger
from a8n_ai.memory import SessionNode
from a8n_ai.summarize import Summarize


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """Models and what is built on them."""
    return [ChatModel, Agent, Classify, Extract, Summarize, Guardrail, SessionNode, McpCall, McpTools]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """Where models and MCP servers are."""
    return [*ACCOUNTS, McpServer, McpSignIn]


@hookimpl
def register_triggers() -> list[type[Trigger]]:
    """Workflows as tools."""
    return [ToolTrigger]
