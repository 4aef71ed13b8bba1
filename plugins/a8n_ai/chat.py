"""One question to a chat model."""

from __future__ import annotations

from typing import Annotated, Any

from a8n import Context, Example, Field, Json, Multiline, NodeError, hint
from a8n_ai.asking import ModelNode
from a8n_ai.memory import AnyMemory, NoMemory, Recalled, recall, remember, turn
from a8n_ai.messages import Message
from a8n_ai.structured import Shape
from a8n_ai.usage import Output, Usage


class ChatAnswer(Output):
    """What a model answered."""

    text: str
    """The answer."""
    data: Any = None
    """With an output schema: the value that fits it."""
    model: str
    """The model that answered, which may be a fallback."""
    finish: str
    """Why it stopped, in the words of its service, such as `stop` or `length`."""
    usage: Usage
    """What it used; both answers together, where one was repaired."""


class ChatModel(ModelNode):
    """Ask a chat model, for text or for JSON that fits a schema.

    The answer streams to whoever watches. An answer that does not fit the schema is sent back once to be repaired.
    """

    key = "ai.chat"
    title = "Chat model"
    icon = "message-square"
    subtitle = "{model}"
    examples = (
        Example(
            "Summarise a mail",
            {"account": {"$credential": "1"}, "model": "gpt-4.1-mini",
             "prompt": {"$t": "Summarise in one sentence: {{ json.body }}"}},
            ({"body": "Dear team, the delivery will be a day late. Regards"},),
            needs=("ai.openai",),
        ),
    )  # fmt: skip

    system: Annotated[Multiline, hint(rows=3)] = Field("", description="Who the model is and how it shall answer.")
    prompt: Multiline = Field(description="What to ask.", min_length=1)
    history: Annotated[Json, hint(advanced=True)] = Field(
        None, description='What was said before: a list of {"role": "user" or "assistant", "text": …}.'
    )
    memory: AnyMemory = Field(NoMemory(), description="What is remembered of earlier runs.")
    output_schema: Json = Field(None, description="JSON Schema that the answer has to fit. It is then in `data`.")

    async def run(self, ctx: Context) -> ChatAnswer:
        """Ask, and once more where the answer does not fit."""
        async with turn(ctx, self.memory):
            return await self._answer(ctx)

    async def _answer(self, ctx: Context) -> ChatAnswer:
        shape = Shape(self.output_schema) if self.output_schema is not None else None
        recalled = await recall(ctx, self.memory)
        messages = opening(self.system, self.history, self.prompt, shape, recalled)
        if shape is not None:
            data, answer = await self.ask_for(ctx, messages, shape)
        else:
            data, answer = None, await self.ask(ctx, messages)
        text = answer.message["text"]
        more = await remember(ctx, self.memory, self.prompt, text, lambda said: self.ask(ctx, said, quiet=True))
        return ChatAnswer(text=text, data=data, model=answer.model, finish=answer.finish, usage=answer.usage + more)


def opening(
    system: str, history: Any, prompt: str, shape: Shape | None, recalled: Recalled | None = None
) -> list[Message]:
    """The messages of a conversation up to the question."""
    recalled = recalled or Recalled()
    rules = paragraphs(system, recalled.preface, shape.request if shape is not None else "")
    messages: list[Message] = [{"role": "system", "text": rules}] if rules else []
    return [*messages, *recalled.messages, *said_before(history), {"role": "user", "text": prompt}]


def paragraphs(*texts: str) -> str:
    """Texts one below the other; empty ones leave nothing behind."""
    return "\n\n".join(text.strip() for text in texts if text.strip())


def said_before(history: Any) -> list[Message]:
    """A history as the author gave it, checked. Raises NodeError that names the message at fault."""
    if history is None:
        return []
    if not isinstance(history, list):
        raise NodeError("the history is a list of messages", field="history", retryable=False)
    for number, message in enumerate(history):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in ("user", "assistant") or not isinstance(message.get("text"), str):
            raise NodeError(
                f'message {number} of the history is no {{"role": "user" or "assistant", "text": …}}',
                field=f"history.{number}",
                retryable=False,
            )
    return [{"role": message["role"], "text": message["text"]} for message in history]
