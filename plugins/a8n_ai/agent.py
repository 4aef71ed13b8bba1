"""An agent: a model that uses tools until it can answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal, TypedDict

from a8n import JSON, Context, Example, Field, Form, FormField, Json, Multiline, NodeError, Wait, hint
from a8n_ai.asking import ModelNode
from a8n_ai.chat import opening
from a8n_ai.libraries import library
from a8n_ai.memory import AnyMemory, NoMemory, Recalled, recall, remember, turn
from a8n_ai.messages import Message
from a8n_ai.structured import Shape, repair
from a8n_ai.tools import Over, Toolbox, told
from a8n_ai.usage import Output, Usage

State = dict[str, JSON]
"""What is recorded of an agent's work, as JSON: `messages`, `steps`, `finish`, and whether an answer was sent back to
be `repaired`. What comes next follows from it alone."""


class Called(Output):
    """One use of a tool."""

    tool: str
    """The name that the model knows it under."""
    arguments: Any = None
    """What the model filled in."""
    result: Any = None
    """What the tool gave: its item, or the list of them."""
    error: str | None = None
    """What went wrong, as the model was told."""


class Step(Output):
    """One answer of the model, and the tools that it asked for."""

    model: str
    """The model that answered, which may be a fallback."""
    text: str
    """What it said."""
    usage: Usage
    """What the answer used."""
    calls: list[Called] = Field(default=[])
    """The tools that it asked for, in order."""


class AgentAnswer(Output):
    """What an agent came to."""

    text: str
    """The answer."""
    data: Any = None
    """With an output schema: the value that fits it."""
    model: str
    """The model that gave the answer."""
    finish: str
    """Why it stopped, in the words of its service."""
    usage: Usage
    """Of all steps together."""
    steps: list[Step]
    """How it got there."""


class Agent(ModelNode):
    """Let a model work on a task with tools, step by step, until it has the answer.

    Connect the output `tools` to the nodes that it may use. A field of such a node that holds the expression
    `json.city` is filled in by the model, which is told the field's description and form; all other fields are as you
    set them. Each step is recorded: after a crash the agent goes on, and no tool that was used is used again for it.
    """

    key = "ai.agent"
    icon = "bot"
    subtitle = "{model}"
    concurrency = 1
    outputs = ("main", "tools")
    examples = (
        Example(
            "Answer from a web page",
            {"account": {"$credential": "1"}, "model": "gpt-4.1-mini", "prompt": {"$": "json.question"},
             "system": "Look things up before you answer.", "max_steps": 5},
            ({"question": "What is new at example.com?"},),
            needs=("ai.openai",),
        ),
    )  # fmt: skip

    system: Annotated[Multiline, hint(rows=3)] = Field("", description="What the agent is for and how it shall work.")
    prompt: Multiline = Field(description="The task.", min_length=1)
    history: Annotated[Json, hint(advanced=True)] = Field(
        None, description='What was said before: a list of {"role": "user" or "assistant", "text": …}.'
    )
    memory: AnyMemory = Field(
        NoMemory(), description="What is remembered of earlier runs: tasks and answers, no tools."
    )
    output_schema: Json = Field(None, description="JSON Schema that the answer has to fit. It is then in `data`.")
    max_steps: int = Field(10, ge=1, le=200, description="How often the model is asked at most.")
    approve: Annotated[list[str], hint(advanced=True)] = Field(
        default_factory=list,
        max_length=100,
        description="Tools that wait for a person who approves each use, by the names of their nodes. Of a node that "
        "gives several: all of them by its name, one by its own name, or by both as node/tool.",
    )
    on_tool_error: Annotated[Literal["tell", "stop"], hint(advanced=True)] = Field(
        "tell", description="Where a tool fails: tell the model, which may try another way, or stop with the error."
    )

    async def run(self, ctx: Context) -> AgentAnswer | Wait:
        """Go on from the recorded state, or begin."""
        return await self.work(ctx)

    async def resume(self, ctx: Context, data: Mapping[str, JSON], payload: JSON) -> AgentAnswer | Wait:
        """Go on with what a person has decided about the use of a tool, or with a tool that has waited."""
        if "waits" in data:
            return await self.work(ctx, (data["call"], (data["waits"], payload)))
        said = payload.get("form") if isinstance(payload, dict) else None
        answer = said.get(f"use_{data['call']}") if isinstance(said, dict) else None
        # The URL is the same for every question of the step: a form that is sent twice must not answer the next one.
        if isinstance(said, dict) and answer in ("yes", "no"):
            decision = {"approved": answer == "yes", "note": str(said.get("note") or "")[:2_000]}
            await ctx.keep({**ctx.state, "decided": {**ctx.state.get("decided", {}), data["call"]: decision}})
        return await self.work(ctx)

    async def work(self, ctx: Context, over: tuple[str, Over] | None = None) -> AgentAnswer | Wait:
        """Work until the answer is there, or something has to be waited for. `over` is a call that has waited."""
        async with turn(ctx, self.memory):
            return await self._worked(ctx, over)

    async def _worked(self, ctx: Context, over: tuple[str, Over] | None) -> AgentAnswer | Wait:
        shape = Shape(self.output_schema) if self.output_schema is not None else None
        recalled = await recall(ctx, self.memory) if ctx.state is None else None
        work = _Work(self, ctx, shape, await Toolbox.of(ctx), recalled)
        work.over = over
        with library("langsmith.run_helpers").tracing_context(enabled=False):
            await work.graph().ainvoke({"state": work.state}, {"recursion_limit": 5 * self.max_steps + 25})
        if work.wait is not None:
            return work.wait
        answer = work.outcome()
        more = await remember(ctx, self.memory, self.prompt, answer.text, lambda said: self.ask(ctx, said, quiet=True))
        return answer.model_copy(update={"usage": answer.usage + more})


class _Graph(TypedDict):
    state: State


class _Work:
    """One item of work, from its first question to its answer."""

    def __init__(self, node: Agent, ctx: Context, shape: Shape | None, toolbox: Toolbox, recalled: Recalled | None):
        self.node = node
        self.ctx = ctx
        self.shape = shape
        self.toolbox = toolbox
        messages = opening(node.system, node.history, node.prompt, shape, recalled)
        self.wait: Wait | None = None
        """Set where a person has to be asked, or a tool waits."""
        self.over: tuple[str, Over] | None = None
        """The number of a call whose tool has waited, and how that ended."""
        unknown = sorted(set(node.approve) - self.toolbox.titles)
        if unknown:
            text = f"no tool of the agent is called {unknown[0]!r}"
            raise NodeError(
                text,
                field="approve",
                hint="give the name of the tool's node, or of one of the functions that it gives",
                retryable=False,
            )
        self.state: State = ctx.state or {"messages": messages, "steps": [], "finish": "", "repaired": False}

    def graph(self) -> Any:
        """The agent as a graph of LangGraph: each node leads to what the state then asks for."""
        made = library("langgraph.graph").StateGraph(_Graph)
        made.add_node("think", self.think)
        made.add_node("act", self.act)
        made.add_node("repair", self.repair)
        for place in (library("langgraph.constants").START, "think", "act", "repair"):
            made.add_conditional_edges(place, self.next, ["think", "act", "repair", library("langgraph.constants").END])
        return made.compile()

    def next(self, given: _Graph) -> str:
        """What comes next. It follows from the state, so an agent that died goes on where it was."""
        if self.wait is not None:
            return "__end__"
        last = given["state"]["messages"][-1]
        if last["role"] == "assistant" and not last.get("calls"):
            return "repair" if self.misfit(given["state"]) else "__end__"
        return "act" if self.open_calls(given["state"]) else "think"

    def misfit(self, state: State) -> str:
        """What is wrong with the answer. Raises NodeError where it has been sent back once already."""
        if self.shape is None:
            return ""
        _, wrong = self.shape.read(state["messages"][-1]["text"])
        if wrong and state["repaired"]:
            raise NodeError(f"the answer of the agent does not fit the schema: {wrong}", retryable=False)
        return wrong

    def open_calls(self, state: State) -> list[tuple[int, dict[str, JSON]]]:
        """The calls of the last answer that no result is there for yet, with their places."""
        messages = state["messages"]
        last = next(i for i in range(len(messages) - 1, -1, -1) if messages[i]["role"] != "tool")
        answered = len(messages) - 1 - last
        return list(enumerate(messages[last].get("calls", ())))[answered:]

    async def think(self, given: _Graph) -> _Graph:
        """Ask the model."""
        state = given["state"]
        if len(state["steps"]) >= self.node.max_steps:
            raise NodeError(
                f"the agent had no answer after {self.node.max_steps} steps",
                hint="allow it more steps, or tell it in the system prompt when to stop",
                field="max_steps",
                retryable=False,
            )
        answer = await self.node.ask(self.ctx, state["messages"], self.toolbox.functions)
        step = Step(model=answer.model, text=answer.message["text"], usage=answer.usage)
        return await self.kept({
            **state,
            "messages": [*state["messages"], answer.message],
            "steps": [*state["steps"], step.model_dump(mode="json")],
            "finish": answer.finish,
        })  # fmt: skip

    async def act(self, given: _Graph) -> _Graph:
        """Make the calls that the model asked for, one after the other; each is recorded before the next."""
        state = given["state"]
        for place, call in self.open_calls(state):
            self.wait = self.question(state, self.number(state, place), call)
            if self.wait is not None:
                break
            state = await self.used(state, place, call)
            if self.wait is not None:
                break
        return {"state": state}

    def number(self, state: State, place: int) -> str:
        """What tells a call from all others of this node: its item, the step, and its place among the calls of that."""
        return f"{self.ctx.index}_{len(state['steps'])}_{place}"

    def question(self, state: State, number: str, call: dict[str, JSON]) -> Wait | None:
        """The wait for a person, where one has to approve a call and has not decided yet."""
        asked = not self.toolbox.wrong(call) and not self.toolbox.names(call["name"]).isdisjoint(self.node.approve)
        if not asked or number in state.get("decided", {}):
            return None
        title = self.toolbox.title(call)
        self.ctx.log(f"{title} waits for somebody's approval at {self.ctx.resume_url}")
        self.ctx.emit({"kind": "approval", "tool": call["name"], "arguments": call["arguments"]})
        form = Form(
            title=f"May the agent use {title}?"[:500],
            description=json.dumps(call["arguments"], ensure_ascii=False, indent=2)[:5_000],
            fields=[
                FormField(
                    name=f"use_{number}", label="Your decision", kind="choice", choices=["yes", "no"], required=True
                ),
                FormField(name="note", label="What the agent should know about your decision", kind="multiline"),
            ],
        )
        return Wait(callable=True, form=form, data={"call": number})

    async def used(self, state: State, place: int, call: dict[str, JSON]) -> State:
        """The state after one call."""
        made = Called(tool=call["name"], arguments=call.get("arguments"))
        number = self.number(state, place)
        over = self.over[1] if self.over is not None and self.over[0] == number else None
        if over is None:
            self.ctx.emit({"kind": "tool_call", "tool": made.tool, "arguments": made.arguments})
        made.error = self.toolbox.wrong(call) or self.refused(state, number)
        if made.error is None:
            if self.toolbox.unsafe(call):
                await self.ctx.keep(state, unsafe=True)
            try:
                result = await self.toolbox.use(call, number, over)
                if isinstance(result, Wait):
                    await self.ctx.keep(state)
                    self.wait = held(result, number)
                    return state
                made.result = result
                text = told(result)
            except NodeError as error:
                if self.node.on_tool_error == "stop":
                    raise NodeError(f"{call['name']}: {error}", hint=error.hint, retryable=error.retryable) from error
                made.error = str(error)
        if made.error is not None:
            text = f"Error: {made.error}"
        self.ctx.emit({"kind": "tool_result", "tool": made.tool, "error": made.error})
        answered: Message = {"role": "tool", "call": call["id"], "name": call["name"], "text": text}
        *before, step = state["steps"]
        step = {**step, "calls": [*step["calls"], made.model_dump(mode="json")]}
        kept = await self.kept({**state, "messages": [*state["messages"], answered], "steps": [*before, step]})
        return kept["state"]

    def refused(self, state: State, number: str) -> str | None:
        """What the model is told of a call that a person did not approve."""
        decision = state.get("decided", {}).get(number)
        if decision is None or decision["approved"]:
            return None
        return "a person did not approve this" + (f": {decision['note']}" if decision["note"] else "")

    async def repair(self, given: _Graph) -> _Graph:
        """Send an answer that does not fit back, once."""
        state = given["state"]
        complaint: Message = {"role": "user", "text": repair(self.misfit(state))}
        return {"state": {**state, "messages": [*state["messages"], complaint], "repaired": True}}

    async def kept(self, state: State) -> _Graph:
        """The state, once it is recorded."""
        await self.ctx.keep(state)
        self.state = state
        return {"state": state}

    def outcome(self) -> AgentAnswer:
        """What the step gives."""
        state = self.state
        text = state["messages"][-1]["text"]
        steps = [Step.model_validate(step) for step in state["steps"]]
        return AgentAnswer(
            text=text,
            data=self.shape.read(text)[0] if self.shape is not None else None,
            model=steps[-1].model,
            finish=state["finish"],
            usage=sum((step.usage for step in steps), Usage()),
            steps=steps,
        )


def held(wait: Wait, number: str) -> Wait:
    """The wait of a tool as that of the agent, which then knows the call by its number."""
    return replace(wait, data={"call": number, "waits": dict(wait.data)})
