"""The Quart application: the route table, pages, and what surrounds them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import orjson
from quart import Quart
from quart.json.provider import JSONProvider

from a8n_web import headers, pages, problems
from a8n_web.api import table
from a8n_web.calls import Web
from a8n_web.dispatch import Check, view

if TYPE_CHECKING:
    from a8n.runtime.instance import Instance
    from a8n.runtime.passwords import Passwords


class OrjsonProvider(JSONProvider):
    """orjson in place of the standard library's JSON."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """As text."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """From text."""
        return orjson.loads(s)


class Application(Quart):
    """Quart with our JSON."""

    json_provider_class = OrjsonProvider


def create_app(
    instance: Instance, *, passwords: Passwords | None = None, check: Check | None = None,
    only: Collection[str] | None = None,
) -> Quart:  # fmt: skip
    """The web application of an instance. Raises RouteError where the route table is not sound.

    Tests give cheap `passwords`, and a `check` that sees every answer. `only` leaves out all routes but those of
    these paths, and the pages.
    """
    app = Application("a8n_web", static_folder=None)
    web = Web(instance, passwords=passwords)
    app.config["MAX_CONTENT_LENGTH"] = instance.settings.max_body
    app.config["PROPAGATE_EXCEPTIONS"] = False
    web.app = app
    app.extensions["a8n"] = web
    routes = [route for route in table() if only is None or route.path in only]
    app.extensions["a8n_routes"] = routes
    app.url_map.strict_slashes = False
    for route in routes:
        app.add_url_rule(route.rule, route.name, view(web, route, check), methods=[route.method])
    if only is None:
        pages.install(app, base=instance.settings.base_path)
    problems.install(app)
    headers.install(app, instance.settings)
    return app
