"""The one route table: what each route needs, what it takes, and what it gives.

A route cannot be declared without a permission and a loader, and `checked` stops start-up where the public ones
are not those of the explicit list.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from a8n.runtime.access import Permission

if TYPE_CHECKING:
    from a8n_web.calls import Call

Handler = Callable[["Call"], Awaitable[Any]]
Loader = Callable[["Call"], Awaitable[Any]]
PARAMETER = re.compile(r"\{(\w+)\}")

PUBLIC = frozenset(
    {
        ("POST", "/api/users/sign-up"),
        ("POST", "/api/users/sign-in"),
        ("POST", "/api/users/refresh"),
        ("POST", "/api/users/sign-out"),
        ("GET", "/api/users/sign-up"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/openapi.json"),
        ("GET", "/oauth/callback"),
    }
)
"""Every API route that a stranger may call. Pages, their assets and the webhook ingress are apart."""


class RouteError(Exception):
    """The table is wrong: a8n does not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one path."""

    method: str
    path: str
    permission: Permission
    loader: Loader
    """Gives the object that the route is about, after checking the rights; `Call.object` then has it."""
    handler: Handler
    tag: str
    body: type[BaseModel] | None = None
    body_optional: bool = False
    raw_body: bool = False
    """The body is given as plain JSON and checked by the handler, whose messages name places better; `body` then
    only documents it."""
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200
    media: str = "application/json"
    """Of the answer."""
    suffix: str = ""
    """Tells the name apart where one handler serves two paths."""
    starts: bool = False
    """It starts an execution: it is refused where nothing new can be taken, before its body is read."""
    refusals: Sequence[int] = ()
    """Statuses of problems, beyond those that follow from the rest."""

    @property
    def name(self) -> str:
        """Unique; the endpoint and the operation id."""
        return f"{self.handler.__module__.rpartition('.')[2]}_{self.handler.__name__}{self.suffix}"

    @property
    def summary(self) -> str:
        """First line of the handler's docstring."""
        return (inspect.getdoc(self.handler) or "").partition("\n")[0].rstrip(".")

    @property
    def description(self) -> str:
        """The rest of it."""
        return (inspect.getdoc(self.handler) or "").partition("\n")[2].strip()

    @property
    def rule(self) -> str:
        """The path in Quart's notation."""
        return PARAMETER.sub(r"<\1>", self.path)

    @property
    def parameters(self) -> list[str]:
        """Names of the path's parameters."""
        return PARAMETER.findall(self.path)


class Routes:
    """Collects the routes of one area: `@routes.get("/api/things", Permission.X, loader)`."""

    def __init__(self, tag: str):
        self.tag = tag
        self._routes: list[Route] = []

    def get(self, path: str, permission: Permission, loader: Loader, **options: Any) -> Callable[[Handler], Handler]:
        """Declare a GET."""
        return self._add("GET", path, permission, loader, options)

    def post(self, path: str, permission: Permission, loader: Loader, **options: Any) -> Callable[[Handler], Handler]:
        """Declare a POST."""
        return self._add("POST", path, permission, loader, options)

    def put(self, path: str, permission: Permission, loader: Loader, **options: Any) -> Callable[[Handler], Handler]:
        """Declare a PUT."""
        return self._add("PUT", path, permission, loader, options)

    def patch(self, path: str, permission: Permission, loader: Loader, **options: Any) -> Callable[[Handler], Handler]:
        """Declare a PATCH."""
        return self._add("PATCH", path, permission, loader, options)

    def delete(self, path: str, permission: Permission, loader: Loader, **options: Any) -> Callable[[Handler], Handler]:
        """Declare a DELETE."""
        return self._add("DELETE", path, permission, loader, options)

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def _add(
        self, method: str, path: str, permission: Permission, loader: Loader, options: dict[str, Any]
    ) -> Callable[[Handler], Handler]:
        def declare(handler: Handler) -> Handler:
            route = Route(
                method=method, path=path, permission=permission, loader=loader, handler=handler, tag=self.tag, **options
            )
            self._routes.append(route)
            return handler

        return declare


def checked(routes: Iterable[Route], public: Iterable[tuple[str, str]] = PUBLIC) -> list[Route]:
    """The table, if it is sound. Raises RouteError that names the route at fault."""
    table = list(routes)
    seen: set[tuple[str, str]] = set()
    names: set[str] = set()
    listed = set(public)
    for route in table:
        key = (route.method, route.path)
        where = f"{route.method} {route.path}"
        if not isinstance(route.permission, Permission):
            raise RouteError(f"{where} declares no permission")
        if not callable(route.loader):
            raise RouteError(f"{where} declares no loader")
        if (route.permission is Permission.PUBLIC) != (key in listed):
            raise RouteError(f"{where} is public in the table or in the list, but not in both")
        if key in seen or route.name in names:
            raise RouteError(f"{where} ({route.name}) is declared twice")
        if not route.summary:
            raise RouteError(f"{where} has no docstring")
        seen.add(key)
        names.add(route.name)
    for method, path in listed - seen:
        raise RouteError(f"the public list names {method} {path}, which is no route")
    return table
