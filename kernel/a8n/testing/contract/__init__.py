"""The contract suite: what every plugin promises, checked in the same way for bundled and foreign ones.

    pytest --a8n-contract my_plugin

or, in a test module of one's own:

    @pytest.mark.parametrize("check", checks("my_plugin"), ids=str)
    def test_contract(check):
        check()
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import partial

from a8n.kernel import Kernel
from a8n.testing.contract import credentials, examples, module, schemas, steps
from a8n.testing.contract.check import Check

__all__ = ["Check", "checks"]

PER_TYPE = {
    "describes_itself": steps.describes_itself,
    "describes_fields": steps.describes_fields,
    "names_real_fields": steps.names_real_fields,
    "icon": steps.icon,
    "schema_is_valid": schemas.valid,
    "schema_holds_no_secret": schemas.free_of_secrets,
    "examples_can_be_saved": examples.can_be_saved,
    "examples_work": examples.work,
    "older_versions_upgrade": examples.older_versions_upgrade,
}
PER_CREDENTIAL = {
    "describes_itself": credentials.describes_itself,
    "describes_fields": credentials.describes_fields,
    "hides_secrets": credentials.hides_secrets,
}


def checks(plugin: str) -> list[Check]:
    """The checks of a plugin, by the name of its module. A plugin that cannot be loaded has one, which fails."""
    return list(_checks(plugin))


def _checks(plugin: str) -> Iterator[Check]:
    try:
        kernel = Kernel(plugins=[importlib.import_module(plugin)])
        reason = kernel.plugins[0].error
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    yield Check(plugin, "", "loads", lambda: [] if reason is None else [reason])
    if reason is not None:
        return
    yield Check(plugin, "", "describes_itself", partial(module.describes_itself, kernel.plugins[0]))
    yield Check(plugin, "", "imports_no_sdk", partial(module.imports_no_sdk, plugin))
    for key, node_type in kernel.catalogue.items():
        for name, function in PER_TYPE.items():
            yield Check(plugin, key, name, partial(function, node_type))
    for key, kind in kernel.catalogue.credentials.items():
        for name, inspect in PER_CREDENTIAL.items():
            yield Check(plugin, key, name, partial(inspect, kind))
