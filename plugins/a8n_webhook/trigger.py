"""The webhook trigger."""

from __future__ import annotations

import hashlib
import re
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Annotated, ClassVar, Literal

from pydantic import field_validator

from a8n import (
    JSON,
    Example,
    Field,
    Item,
    Json,
    KeyValue,
    Parameters,
    Request,
    Route,
    UnauthorizedError,
    WebhookTrigger,
    hint,
)
from a8n_webhook.auth import AnyAuth, Fixed, HmacAuth, NoAuth
from a8n_webhook.headers import complaints, headers_of

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
PART = re.compile(r"[A-Za-z0-9._~-]+")
PARAMETER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|\*")
BOTS = re.compile(r"bot\b|bot/|crawl|spider|slurp|facebookexternalhit|whatsapp|preview|embed|headless", re.IGNORECASE)
ROOTS = ("body", "query", "headers", "params", "method", "path")


class Headed(Parameters):
    """An answer whose status and headers are known beforehand."""

    status: int = Field(200, ge=200, le=599, description="Status of the answer.")
    headers: list[KeyValue] = Field(default_factory=lambda: [], description="Headers of the answer.")

    @field_validator("headers")
    @classmethod
    def _sendable(cls, rows: list[KeyValue]) -> list[KeyValue]:
        for complaint in complaints(rows):
            raise ValueError(complaint)
        return rows


class Immediately(Headed):
    """Answer as soon as the request is stored, before the workflow runs."""

    mode: Literal["immediately"] = Field("immediately", description="When and with what the request is answered.")
    body: Json = Field(None, description="Body of the answer; empty gives the id of the execution.")


class LastNode(Headed):
    """Answer with what the last node gives."""

    mode: Literal["last_node"] = Field("last_node", description="When and with what the request is answered.")
    returns: Literal["all", "first", "file", "none"] = Field(
        "all", description="All items as a list, the first item, the first item's file, or nothing."
    )


class RespondNode(Parameters):
    """Answer with what a Respond node says."""

    mode: Literal["respond_node"] = Field("respond_node", description="When and with what the request is answered.")


class Stream(Parameters):
    """Answer piece by piece, as Respond nodes with `stream` send."""

    mode: Literal["stream"] = Field("stream", description="When and with what the request is answered.")
    content_type: str = Field(
        "text/plain; charset=utf-8", description="Type of the stream.", pattern=r"^[\x20-\x7e]{3,200}$"
    )


Answer = Annotated[Immediately | LastNode | RespondNode | Stream, Field(discriminator="mode")]


class Webhook(WebhookTrigger):
    """Start the workflow when a web request comes in.

    The item has the method, path, path parameters, query, headers and body of the request; uploaded files are
    files of the item. Secrets that prove who calls, and cookies, are left out of the headers.
    """

    key = "webhook.trigger"
    icon = "webhook"
    title = "Webhook"
    subtitle = "{methods} /{path}"

    path: Annotated[str, Fixed, hint(placeholder="orders/{id}", mono=True)] = Field(
        description="Where it listens, below /webhook/. A part in braces takes any value and gives it a name."
    )
    methods: Annotated[list[Method], Fixed] = Field(["POST"], min_length=1, description="Methods that are taken.")
    auth: Annotated[AnyAuth, Fixed] = Field(default_factory=NoAuth, description="Who may call.")
    respond: Annotated[Answer, Fixed] = Field(
        default_factory=Immediately, description="When and with what the request is answered."
    )
    idempotency_key: Annotated[str, Fixed, hint(advanced=True, placeholder="body.id")] = Field(
        "",
        max_length=200,
        description="Where the request has something that is the same when it is sent again: a path such as body.id, "
        "or the name of a header. A repeat starts nothing and gets the first one's answer.",
    )
    origins: Annotated[list[str], Fixed, hint(advanced=True)] = Field(
        default_factory=lambda: [],
        description="Web pages that may call it, such as https://shop.example.com; * for any.",
    )
    allow_from: Annotated[list[str], Fixed, hint(advanced=True)] = Field(
        default_factory=lambda: [], description="Addresses or networks (CIDR) that may call; empty is everybody."
    )
    ignore_bots: Annotated[bool, Fixed, hint(advanced=True)] = Field(
        False, description="Start nothing for crawlers and link previews."
    )
    raw: Annotated[bool, Fixed, hint(advanced=True)] = Field(
        False, description="Do not read the body; give it as the file `file`."
    )
    max_bytes: Annotated[int, Fixed, hint(advanced=True)] = Field(
        16 * 2**20, ge=1, le=2**30, description="Largest body in bytes, within the limit of the server."
    )

    examples: ClassVar[list[Example]] = [
        Example("Take orders and answer with what the last node gives", {
            "path": "orders", "methods": ["POST"], "respond": {"mode": "last_node", "returns": "first"},
        }),
        Example("A link with a parameter in its path", {"path": "confirm/{token}", "methods": ["GET"]}),
        Example("Deliveries of GitHub, each only once", {
            "path": "github",
            "auth": {"kind": "hmac", "credential": {"$credential": "secret"}, "scheme": {"preset": "github"}},
        }, needs=("webhook.hmac",)),
    ]  # fmt: skip

    @field_validator("path")
    @classmethod
    def _path(cls, path: str) -> str:
        if not 0 < len(path) <= 200:
            raise ValueError("a path has 1 to 200 characters")
        names = []
        for part in path.split("/"):
            parameter = PARAMETER.fullmatch(part)
            if parameter:
                names.append(parameter[1])
            elif not PART.fullmatch(part) or part in (".", ".."):
                what = "begins or ends with a slash, or has two in a row" if not part else f"has the part {part!r}"
                raise ValueError(f"the path {what}; parts are letters, digits, . _ ~ - or a {{name}}")
        if len(set(names)) < len(names):
            raise ValueError("the path names one parameter twice")
        return path

    @field_validator("origins")
    @classmethod
    def _origins(cls, origins: list[str]) -> list[str]:
        for origin in origins:
            if not ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin such as https://shop.example.com")
        return origins

    @field_validator("allow_from")
    @classmethod
    def _networks(cls, networks: list[str]) -> list[str]:
        for network in networks:
            ip_network(network, strict=False)
        return networks

    def route(self) -> Route:
        """Where it listens and how it answers."""
        answer = self.respond
        status, headers = (answer.status, headers_of(answer.headers)) if isinstance(answer, Headed) else (200, {})
        if isinstance(answer, Stream):
            headers = {"content-type": answer.content_type}
        return Route(
            path=self.path,
            methods=tuple(dict.fromkeys(self.methods)),
            respond=answer.mode,
            status=status,
            headers=headers,
            body=answer.body if isinstance(answer, Immediately) else None,
            returns=answer.returns if isinstance(answer, LastNode) else "all",
            origins=tuple(self.origins),
            max_bytes=self.max_bytes,
            raw=self.raw,
            # that header is not part of what is signed: a replay could bear another one
            idempotent=not isinstance(self.auth, HmacAuth),
        )

    def open_to_all(self) -> bool:
        """True when neither a proof nor an address is asked for."""
        return isinstance(self.auth, NoAuth) and not self.allow_from

    async def authenticate(self, request: Request) -> None:
        """Check the address, then the proof."""
        if self.allow_from and not self._allowed(request.client):
            raise UnauthorizedError("this address may not call", status=403)
        self.auth.verify(request)

    def release(self, request: Request) -> None:
        """Let a signed request come again that was not accepted."""
        self.auth.release(request)

    def receive(self, request: Request) -> list[Item] | None:
        """One item. None for a bot that is to be ignored."""
        if self.ignore_bots and BOTS.search(request.headers.get("user-agent", "")):
            return None
        hidden = {"cookie", *self.auth.hidden()}  # a visitor who is signed in to the builder sends its session
        json: dict[str, JSON] = {
            "method": request.method,
            "path": request.path,
            "params": dict(request.params),
            "query": dict(request.query),
            "headers": {name: value for name, value in request.headers.items() if name not in hidden},
            "body": request.body,
        }
        return [Item(json, request.files or None)]

    def dedup_key(self, request: Request) -> str | None:
        """What `idempotency_key` points at; for a signed request without it, the signature."""
        root, dot, rest = self.idempotency_key.partition(".")
        if dot and root in ROOTS:
            value = _reach(getattr(request, root), rest.lower() if root == "headers" else rest)
        else:
            value = request.headers.get(self.idempotency_key.lower()) if self.idempotency_key else None
        if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
            return self.auth.fingerprint(request)
        key = str(value)
        return key if len(key) <= 200 else "sha256-" + hashlib.sha256(key.encode()).hexdigest()

    def sample(self) -> list[Item]:
        """A request without a body."""
        params = dict.fromkeys(PARAMETER.findall(self.path), "example")
        path = PARAMETER.sub("example", self.path)
        return [Item({"method": self.methods[0], "path": path, "params": params, "query": {}, "headers": {},
                      "body": None})]  # fmt: skip

    def _allowed(self, client: str) -> bool:
        try:
            address = ip_address(client)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in ip_network(network, strict=False) for network in self.allow_from)


def _reach(value: JSON, path: str) -> JSON:
    for part in path.split("."):
        if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value
