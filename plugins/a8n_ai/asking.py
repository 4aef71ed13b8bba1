"""Asking a model: streamed, with fallbacks, and what can go wrong as errors for people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, NamedTuple

from a8n import JSON, Choice, Context, Field, HttpClient, Json, Node, NodeError, Parameters, hint, options
from a8n_ai.accounts import AnyAccount
from a8n_ai.libraries import library
from a8n_ai.messages import Message, heard, text_of, wire
from a8n_ai.structured import Shape, repair
from a8n_ai.usage import Usage, used

Price = Annotated[float | None, hint(advanced=True)]


class Fallback(Parameters):
    """A model to ask where those before it fail."""

    account: AnyAccount = Field(description="Account to ask with.")
    model: str = Field(description="Name of the model.", min_length=1, max_length=300)
    input_price: Price = Field(None, ge=0, description="Price of a million tokens read.")
    output_price: Price = Field(None, ge=0, description="Price of a million tokens written.")


class Answer(NamedTuple):
    """What a model said."""

    message: Message
    model: str
    usage: Usage
    finish: str


class ModelNode(Node):
    """What nodes that ask a chat model share."""

    group = "ai"
    effect = "idempotent"

    account: AnyAccount = Field(description="Account at a service, or the server, that has the model.")
    model: str = Field(description="Name of the model.", min_length=1, max_length=300)
    temperature: Annotated[float | None, hint(advanced=True)] = Field(
        None, ge=0, le=2, description="0 for the likeliest words, more for livelier ones. Empty: as the model likes."
    )
    max_tokens: Annotated[int | None, hint(advanced=True)] = Field(
        None, ge=1, le=10_000_000, description="Most tokens of one answer."
    )
    more: Annotated[Json, hint(advanced=True)] = Field(
        None, description="Further options of LangChain's class for the model, as an object."
    )
    fallbacks: Annotated[list[Fallback], hint(advanced=True)] = Field(
        default_factory=list, max_length=5, description="Models to ask, in this order, where the first one fails."
    )
    input_price: Price = Field(None, ge=0, description="Price of a million tokens read, to see what steps cost.")
    output_price: Price = Field(None, ge=0, description="Price of a million tokens written.")

    @staticmethod
    @options("model")
    async def models(account: AnyAccount, search: str, http: HttpClient) -> list[Choice]:
        """The models that the account may use."""
        names = await account.models(http)
        return [Choice(value=name, label=name) for name in names if search.lower() in name.lower()]

    async def ask(
        self, ctx: Context, messages: Sequence[Message], tools: Sequence[dict[str, Any]] = (), *, quiet: bool = False
    ) -> Answer:
        """The answer of the model, or of the first fallback that gives one; `quiet` is seen by nobody who watches.

        Raises NodeError of the last one asked.
        """
        first = Fallback.model_construct(
            account=self.account, model=self.model, input_price=self.input_price, output_price=self.output_price
        )
        for number, one in enumerate([first, *self.fallbacks], 1):
            try:
                return await ask_once(ctx, one, messages, self._options(), tools, quiet=quiet)
            except NodeError as error:
                if number > len(self.fallbacks):
                    raise
                ctx.log(f"{one.model}: {error}; asking {self.fallbacks[number - 1].model}")
        raise AssertionError("the last one either answers or raises")

    async def ask_for(self, ctx: Context, messages: Sequence[Message], shape: Shape) -> tuple[JSON, Answer]:
        """A value that fits, and the answer that has it. One that does not fit is sent back once to be repaired."""
        return await fitting(ctx, lambda said: self.ask(ctx, said), messages, shape)

    def _options(self) -> dict[str, Any]:
        given = self.more if self.more is not None else {}
        if not isinstance(given, dict):
            raise NodeError('further options are an object, such as {"top_p": 0.5}', field="more", retryable=False)
        for name in given:
            if name in OURS or "client" in name or "base" in name or "key" in name or "proxy" in name:
                raise NodeError(f"the option {name!r} is set by a8n", field="more", retryable=False)
        known = {"temperature": self.temperature, "max_tokens": self.max_tokens}
        return {**{name: value for name, value in known.items() if value is not None}, **given}


OURS = ("model", "model_name", "callbacks", "cache", "max_retries", "stream_usage", "azure_endpoint", "organization")


async def fitting(
    ctx: Context, ask: Callable[[Sequence[Message]], Awaitable[Answer]], messages: Sequence[Message], shape: Shape
) -> tuple[JSON, Answer]:
    """A value that fits, and the answer that has it. One that does not fit is sent back once to be repaired."""
    answer = await ask(messages)
    data, wrong = shape.read(answer.message["text"])
    if wrong:
        ctx.log(f"the answer does not fit the schema, asking again: {wrong}")
        first = answer.usage
        answer = await ask([*messages, answer.message, {"role": "user", "text": repair(wrong)}])
        answer = answer._replace(usage=first + answer.usage)
        data, wrong = shape.read(answer.message["text"])
    if wrong:
        raise NodeError(f"the answer of {answer.model} does not fit the schema: {wrong}")
    return data, answer


async def ask_once(
    ctx: Context,
    one: Fallback,
    messages: Sequence[Message],
    given: dict[str, Any] | None = None,
    tools: Sequence[dict[str, Any]] = (),
    *,
    quiet: bool = False,
) -> Answer:
    """The answer of one model, streamed to whoever watches unless it is `quiet`."""
    tracing = library("langsmith.run_helpers").tracing_context
    try:
        model = one.account.chat(ctx.http, one.model, given or {})
        if tools:
            model = model.bind_tools(tools)
        whole: Any = None
        with tracing(enabled=False):  # an environment variable must not send conversations to a third party
            async for chunk in model.astream(wire(messages)):
                whole = chunk if whole is None else whole + chunk
                text = text_of(chunk.content)
                if text and not quiet:
                    ctx.emit({"kind": "token", "text": text})
    except Exception as error:
        raise _told(error, one.model) from error
    if whole is None:
        raise NodeError(f"{one.model} gave no answer at all")
    finish = _finish(whole.response_metadata)
    if not finish:
        raise NodeError(f"the answer of {one.model} was cut short: its stream ended without saying why")
    return Answer(heard(whole), one.model, used(whole.usage_metadata, one.input_price, one.output_price), finish)


def _finish(metadata: dict[str, Any]) -> str:
    """Why the model stopped, under the name that its service has for it."""
    for name in ("finish_reason", "stop_reason", "done_reason"):
        if metadata.get(name):
            return str(metadata[name])
    return ""


def _told(error: Exception, model: str) -> NodeError:
    """An SDK's error as ours; one that our transport raised lies beneath it."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, NodeError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return NodeError(f"{model} could not be asked: {type(error).__name__}: {str(error)[:1000]}")
