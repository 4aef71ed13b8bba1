"""Data: change, order, count and compare items; dates, hashes, JSON, XML, HTML, Markdown, archives and files."""

from __future__ import annotations

from a8n import BatchNode, Credential, Node, hookimpl
from a8n_data.compare import Compare
from a8n_data.compression import Compression
from a8n_data.crypto import Crypto, CryptoSecret
from a8n_data.datetime_node import DateAndTime
from a8n_data.fields import EditFields, RemoveFields, RenameFields
from a8n_data.from_file import ReadFile
from a8n_data.html import ExtractFromHtml
from a8n_data.json_text import JsonText
from a8n_data.listing import Limit, RemoveDuplicates, Sort
from a8n_data.lists import Aggregate, SplitOut
from a8n_data.markdown import Markdown
from a8n_data.summarize import Summarize
from a8n_data.to_file import WriteFile
from a8n_data.xml import Xml

__all__ = [
    "Aggregate",
    "Compare",
    "Compression",
    "Crypto",
    "CryptoSecret",
    "DateAndTime",
    "EditFields",
    "ExtractFromHtml",
    "JsonText",
    "Limit",
    "Markdown",
    "ReadFile",
    "RemoveDuplicates",
    "RemoveFields",
    "RenameFields",
    "Sort",
    "SplitOut",
    "Summarize",
    "WriteFile",
    "Xml",
    "register_credentials",
    "register_nodes",
]


@hookimpl
def register_nodes() -> list[type[Node] | type[BatchNode]]:
    """All nodes of this plugin."""
    return [
        EditFields,
        RenameFields,
        RemoveFields,
        Sort,
        Limit,
        SplitOut,
        Aggregate,
        Summarize,
        RemoveDuplicates,
        Compare,
        DateAndTime,
        Crypto,
        JsonText,
        ExtractFromHtml,
        Xml,
        Markdown,
        Compression,
        WriteFile,
        ReadFile,
    ]


@hookimpl
def register_credentials() -> list[type[Credential]]:
    """All credential kinds of this plugin."""
    return [CryptoSecret]
