"""What is installed, as JSON for the builder, the API and the docs."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, NoDefault
from pydantic_core import core_schema

from a8n.credential import Credential, kinds_in, slot_schema
from a8n.fields import loaders_of
from a8n.items import JSON
from a8n.node import BatchNode, Node, Step
from a8n.plugins import PluginReport, Registry
from a8n.trigger import ListenTrigger, PollTrigger, ScheduleTrigger, Trigger, WebhookTrigger


class _NodeSchema(GenerateJsonSchema):
    """JSON Schema in which a credential is a slot, and never shows the fields of the secret."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        cls = schema["cls"]
        if issubclass(cls, Credential):
            return slot_schema([cls.key])
        return super().model_schema(schema)

    def get_default_value(self, schema: core_schema.WithDefaultSchema) -> Any:
        """Defaults made by a factory too, unless it makes another one each time, as a clock does."""
        factory = schema.get("default_factory")
        if factory is None or schema.get("default_factory_takes_data"):
            return super().get_default_value(schema)
        made: Any = factory()  # type: ignore[call-arg]  # the other kind of factory has been ruled out
        return made if made == factory() else NoDefault  # type: ignore[call-arg]  # the same


class NodeType:
    """One node or trigger type. `describe` is its JSON."""

    def __init__(self, cls: type[Step], plugin: PluginReport):
        self.cls = cls
        self.plugin = plugin
        self.key = cls.key
        self.version = cls.version
        self.title = cls.title or spaced(cls.__name__)
        self.description = inspect.cleandoc(cls.__doc__ or "")
        self._described: dict[str, JSON] | None = None

    @property
    def kind(self) -> str:
        """`node`, or the kind of trigger: `manual`, `webhook`, `schedule`, `poll`, `listen`."""
        kinds = (
            (WebhookTrigger, "webhook"),
            (ScheduleTrigger, "schedule"),
            (PollTrigger, "poll"),
            (ListenTrigger, "listen"),
            (Trigger, "manual"),
        )
        return next((name for base, name in kinds if issubclass(self.cls, base)), "node")

    @property
    def dynamic_outputs(self) -> bool:
        """Whether the outputs depend on parameters: then `outputs` are only those that a node always has."""
        return next(cls for cls in self.cls.__mro__ if "ports" in vars(cls)) is not Step

    def ports(self, params: Mapping[str, JSON]) -> tuple[str, ...]:
        """The outputs of a node with these saved parameters; those of the type where they are not finished yet."""
        try:
            return tuple(self.cls.ports(params))
        except Exception:  # a plugin may trust in parameters that are complete, and those of a draft are not
            return self.cls.outputs

    def describe(self) -> dict[str, JSON]:
        """Everything the builder needs; computed at first use, because schemas cost time."""
        if self._described is None:
            cls = self.cls
            self._described = {
                "key": self.key,
                "version": self.version,
                "title": self.title,
                "description": self.description,
                "group": cls.group,
                "kind": self.kind,
                "place": getattr(cls, "place", ""),
                "plugin": self.plugin.name,
                "icon": cls.icon,
                "subtitle": cls.subtitle,
                "inputs": list(getattr(cls, "inputs", ())),
                "outputs": list(cls.outputs),
                "dynamic_outputs": self.dynamic_outputs,
                "effect": getattr(cls, "effect", "pure"),
                "batch": issubclass(cls, BatchNode),
                "loop": bool(getattr(cls, "loop", False)),
                "params": self.schema(),
                "output_schema": self.output_schema(),
                "options": {field: _needs(loader) for field, loader in loaders_of(cls).items()},
                "examples": [
                    {"title": e.title, "params": dict(e.params), "items": [dict(item) for item in e.items]}
                    for e in cls.examples
                    if e.version is None
                ],
            }
        return self._described

    def schema(self) -> dict[str, JSON]:
        """JSON Schema 2020-12 of the parameters, with hints for the form under `x-a8n`."""
        schema = self.cls.model_json_schema(schema_generator=_NodeSchema, mode="validation")
        schema.pop("description", None)
        schema.pop("title", None)
        return schema

    @cached_property
    def output_model(self) -> type[BaseModel] | None:
        """The model that `run` is annotated to return, one or a list of."""
        if not issubclass(self.cls, Node | BatchNode):
            return None
        try:
            annotation = typing.get_type_hints(self.cls.run).get("return")
        except Exception:  # a name that only exists while type checking says nothing about the output
            return None
        return _model_of(annotation)

    def output_schema(self) -> dict[str, JSON] | None:
        """JSON Schema of one output item, from the return annotation of `run`; None where it says nothing."""
        model = self.output_model
        return model.model_json_schema(mode="serialization") if model is not None else None


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) in (list, types.UnionType, typing.Union):
        found = [_model_of(argument) for argument in typing.get_args(annotation)]
        models = [model for model in found if model is not None]
        return models[0] if len(models) == 1 else None
    return None


def _needs(loader: Any) -> dict[str, JSON]:
    names = [name for name in inspect.signature(loader).parameters if name != "http"]
    return {"needs": [name for name in names if name != "search"], "search": "search" in names}


def spaced(name: str) -> str:
    """A class name as a title: `SendMessage` gives `Send message`."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+", name)
    return " ".join([words[0], *(w if w.isupper() and len(w) > 1 else w.lower() for w in words[1:])]) if words else name


class Catalogue(Mapping[str, NodeType]):
    """All node and trigger types by key."""

    def __init__(self, registry: Registry):
        steps: dict[str, type[Step]] = {**registry.triggers, **registry.nodes}
        self._types = {key: NodeType(cls, registry.owner[key]) for key, cls in sorted(steps.items())}
        self._registry = registry

    def __getitem__(self, key: str) -> NodeType:
        return self._types[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)

    @property
    def credentials(self) -> Mapping[str, type[Credential]]:
        """Credential kinds by key."""
        return self._registry.credentials

    def describe(self) -> list[dict[str, JSON]]:
        """All types as JSON."""
        return [node_type.describe() for node_type in self._types.values()]

    def describe_credentials(self) -> list[dict[str, JSON]]:
        """All credential kinds as JSON, each with the schema of its form."""
        return [
            {
                "key": key,
                "title": cls.title or spaced(cls.__name__),
                "description": inspect.cleandoc(cls.__doc__ or ""),
                "docs": cls.docs,
                "icon": cls.icon,
                "oauth": cls.signs_in(),
                "plugin": self._registry.owner[f"credential:{key}"].name,
                "fields": TypeAdapter(cls).json_schema(),
                "used_by": [t.key for t in self._types.values() if cls in kinds_in(t.cls).values()],
            }
            for key, cls in sorted(self.credentials.items())
        ]
