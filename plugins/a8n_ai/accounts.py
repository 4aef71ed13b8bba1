"""Accounts at services that have chat models. Each makes LangChain's model of its service, on the guarded client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeAlias

from a8n import JSON, Credential, Field, HttpClient, NodeError, Secret, hint
from a8n_ai import transport
from a8n_ai.libraries import library

Options = Mapping[str, JSON]
"""`temperature` and `max_tokens`, where they were set, and what the author added."""


class Account(Credential):
    """What all accounts share."""

    extra: ClassVar[str] = "ai"
    """The extra of a8n that brings the service's library."""

    def chat(self, http: HttpClient, model: str, options: Options) -> Any:
        """LangChain's chat model. Raises NodeError where its library is missing."""
        raise NotImplementedError

    def listing(self) -> tuple[str, dict[str, str]]:
        """URL and headers of the request that lists the models."""
        raise NotImplementedError

    async def models(self, http: HttpClient) -> list[str]:
        """The models that the service offers to this account."""
        url, headers = self.listing()
        answer = await http.request("GET", url, headers=headers)
        if answer.status >= 400:
            raise transport.refusal(answer.status, answer.headers, answer.body, url.split("/")[2])
        try:
            found: Any = answer.json()
        except ValueError:
            raise NodeError(f"{url} did not answer with JSON: is the address right?", retryable=False) from None
        rows = found.get("data", found.get("models")) if isinstance(found, dict) else found
        if not isinstance(rows, list):
            raise NodeError(f"{url} answered with something other than a list of models", retryable=False)
        names = [row.get("id") or row.get("name") for row in rows if isinstance(row, dict)]
        return sorted(str(name).removeprefix("models/") for name in names if name)

    async def check(self, http: Any) -> str:
        """List the models."""
        names = await self.models(http)
        return f"{len(names)} models" + (f", such as {names[0]}" if names else "")


class OpenAI(Account):
    """An account at OpenAI, or at any service or server that speaks its API: vLLM, llama.cpp, LM Studio, LiteLLM …"""

    key = "ai.openai"
    title = "OpenAI or compatible"
    docs = "https://platform.openai.com/api-keys"

    base_url: str = Field(
        "https://api.openai.com/v1", description="Where the API is, up to /v1.", pattern="^https?://", max_length=500
    )
    api_key: Annotated[Secret | None, hint(widget="password", expr=False)] = Field(
        None, description="The key. Servers of your own may need none."
    )
    organization: Annotated[str, hint(advanced=True)] = Field("", description="Organization to bill.", max_length=200)

    @property
    def token(self) -> str:
        """The key, or a word in its place, because SDKs refuse an empty one."""
        return (self.api_key.get_secret_value() if self.api_key is not None else "") or "none"

    def listing(self) -> tuple[str, dict[str, str]]:
        """GET /models."""
        return f"{self.base_url.rstrip('/')}/models", {"authorization": f"Bearer {self.token}"}

    def chat(self, http: HttpClient, model: str, options: Options) -> Any:
        """ChatOpenAI."""
        httpx2 = library("httpx2")
        return library("langchain_openai").ChatOpenAI(
            model=model, api_key=self.token, base_url=self.base_url.rstrip("/"),
            organization=self.organization or None, max_retries=0, stream_usage=True,
            http_client=transport.sealed(httpx2), http_async_client=transport.client(httpx2, http), **options,
        )  # fmt: skip


class AzureOpenAI(Account):
    """A resource of Azure OpenAI. The model is the name of a deployment."""

    key = "ai.azure_openai"
    title = "Azure OpenAI"
    docs = "https://learn.microsoft.com/azure/ai-services/openai/reference"

    endpoint: str = Field(description="Such as https://my-resource.openai.azure.com.", pattern="^https?://")
    api_key: Secret = Field(description="One of the two keys of the resource.")
    api_version: str = Field("2024-10-21", description="Version of the API.", min_length=1, max_length=40)

    def listing(self) -> tuple[str, dict[str, str]]:
        """The base models that the resource can deploy."""
        url = f"{self.endpoint.rstrip('/')}/openai/models?api-version={self.api_version}"
        return url, {"api-key": self.api_key.get_secret_value()}

    def chat(self, http: HttpClient, model: str, options: Options) -> Any:
        """AzureChatOpenAI."""
        httpx2 = library("httpx2")
        return library("langchain_openai").AzureChatOpenAI(
            azure_deployment=model, azure_endpoint=self.endpoint.rstrip("/"), api_version=self.api_version,
            api_key=self.api_key.get_secret_value(), max_retries=0, stream_usage=True,
            http_client=transport.sealed(httpx2), http_async_client=transport.client(httpx2, http), **options,
        )  # fmt: skip


class Anthropic(Account):
    """An account at Anthropic."""

    key = "ai.anthropic"
    extra = "ai-anthropic"
    docs = "https://console.anthropic.com/settings/keys"

    api_key: Secret = Field(description="The key.")
    base_url: Annotated[str, hint(advanced=True)] = Field(
        "https://api.anthropic.com", description="Where the API is, without /v1.", pattern="^https?://"
    )

    def listing(self) -> tuple[str, dict[str, str]]:
        """GET /v1/models."""
        headers = {"x-api-key": self.api_key.get_secret_value(), "anthropic-version": "2023-06-01"}
        return f"{self.base_url.rstrip('/')}/v1/models?limit=1000", headers

    def chat(self, http: HttpClient, model: str, options: Options) -> Any:
        """ChatAnthropic. It takes no client of ours, but looks for the one it made before."""
        chats, sdk = library("langchain_anthropic", self.extra), library("anthropic", self.extra)
        key, url = self.api_key.get_secret_value(), self.base_url.rstrip("/")
        made = chats.ChatAnthropic(model=model, api_key=key, base_url=url, max_retries=0, **options)
        guarded = transport.client(library("httpx2", self.extra), http)
        vars(made)["_async_client"] = sdk.AsyncAnthropic(api_key=key, base_url=url, max_retries=0, http_client=guarded)
        return made


class Gemini(Account):
    """An account at Google AI Studio, for the Gemini models."""

    key = "ai.gemini"
    title = "Google Gemini"
    extra = "ai-google"
    docs = "https://aistudio.google.com/apikey"

    api_key: Secret = Field(description="The key.")
    base_url: Annotated[str, hint(advanced=True)] = Field(
        "https://generativelanguage.googleapis.com", description="Where the API is.", pattern="^https?://"
    )

    def listing(self) -> tuple[str, dict[str, str]]:
        """GET /v1beta/models."""
        headers = {"x-goog-api-key": self.api_key.get_secret_value()}
        return f"{self.base_url.rstrip('/')}/v1beta/models?pageSize=1000", headers

    def chat(self, http: HttpClient, model: str, options: Options) -> Any:
        """ChatGoogleGenerativeAI."""
        chats = library("langchain_google_genai", self.extra)
        renamed = {{"max_tokens": "max_output_tokens"}.get(name, name): value for name, value in options.items()}
        return chats.ChatGoogleGenerativeAI(
            model=model, google_api_key=self.api_key.get_secret_value(), base_url=self.base_url.rstrip("/"),
            max_retries=1, client_args={"transport": transport.transport(library("httpx", self.extra), http)},
            **renamed,
        )  # fmt: skip


class Ollama(Account):
    """A server of Ollama. An operator has to allow its address, where it is in your own network."""

    key = "ai.ollama"
    extra = "ai-ollama"
    docs = "https://docs.ollama.com/api"

    base_url: str = Field("http://localhost:11434", description="Where the server is.", pattern="^https?://")

    def listing(self) -> tuple[str, dict[str, str]]:
        """GET /api/tags."""
        return f"{self.base_url.rstrip('/')}/api/tags", {}

    def chat(self, http: HttpClient, model: str, options: Options) -> Any:
        """ChatOllama."""
        chats = library("langchain_ollama", self.extra)
        renamed = {{"max_tokens": "num_predict"}.get(name, name): value for name, value in options.items()}
        guarded = {"transport": transport.transport(library("httpx", self.extra), http), "trust_env": False}
        return chats.ChatOllama(model=model, base_url=self.base_url.rstrip("/"), async_client_kwargs=guarded, **renamed)


class Mistral(Account):
    """An account at Mistral AI."""

    key = "ai.mistral"
    title = "Mistral AI"
    extra = "ai-mistral"
    docs = "https://console.mistral.ai/api-keys"

    api_key: Secret = Field(description="The key.")
    base_url: Annotated[str, hint(advanced=True)] = Field(
        "https://api.mistral.ai/v1", description="Where the API is, up to /v1.", pattern="^https?://"
    )

    def listing(self) -> tuple[str, dict[str, str]]:
        """GET /models."""
        headers = {"authorization": f"Bearer {self.api_key.get_secret_value()}"}
        return f"{self.base_url.rstrip('/')}/models", headers

    def chat(self, http: HttpClient, model: str, options: Options) -> Any:
        """ChatMistralAI."""
        chats, httpx = library("langchain_mistralai", self.extra), library("httpx", self.extra)
        _, headers = self.listing()
        guarded = transport.client(httpx, http, base_url=self.base_url.rstrip("/"), headers=headers)
        return chats.ChatMistralAI(
            model_name=model, api_key=self.api_key.get_secret_value(), base_url=self.base_url.rstrip("/"),
            max_retries=1, client=transport.sealed(httpx), async_client=guarded, **options,
        )  # fmt: skip


class Groq(Account):
    """An account at Groq."""

    key = "ai.groq"
    extra = "ai-groq"
    docs = "https://console.groq.com/keys"

    api_key: Secret = Field(description="The key.")
    base_url: Annotated[str, hint(advanced=True)] = Field(
        "https://api.groq.com", description="Where the API is, without /openai/v1.", pattern="^https?://"
    )

    def listing(self) -> tuple[str, dict[str, str]]:
        """GET /openai/v1/models."""
        headers = {"authorization": f"Bearer {self.api_key.get_secret_value()}"}
        return f"{self.base_url.rstrip('/')}/openai/v1/models", headers

    def chat(self, http: HttpClient, model: str, options: Options) -> Any:
        """ChatGroq."""
        chats, httpx = library("langchain_groq", self.extra), library("httpx", self.extra)
        return chats.ChatGroq(
            model=model, api_key=self.api_key.get_secret_value(), base_url=self.base_url.rstrip("/"), max_retries=0,
            http_client=transport.sealed(httpx), http_async_client=transport.client(httpx, http), **options,
        )  # fmt: skip


class OpenRouter(Account):
    """An account at OpenRouter."""

    key = "ai.openrouter"
    title = "OpenRouter"
    extra = "ai-openrouter"
    docs = "https://openrouter.ai/settings/keys"

    api_key: Secret = Field(description="The key.")
    base_url: Annotated[str, hint(advanced=True)] = Field(
        "https://openrouter.ai/api/v1", description="Where the API is, up to /v1.", pattern="^https?://"
    )

    def listing(self) -> tuple[str, dict[str, str]]:
        """GET /models."""
        headers = {"authorization": f"Bearer {self.api_key.get_secret_value()}"}
        return f"{self.base_url.rstrip('/')}/models", headers

    def chat(self, http: HttpClient, model: str, options: Options) -> Any:
        """ChatOpenRouter."""
        chats, httpx = library("langchain_openrouter", self.extra), library("httpx", self.extra)
        key, url = self.api_key.get_secret_value(), self.base_url.rstrip("/")
        guarded = transport.client(httpx, http)
        sdk = library("openrouter", self.extra).OpenRouter(
            api_key=key, server_url=url, client=transport.sealed(httpx), async_client=guarded
        )
        return chats.ChatOpenRouter(model=model, api_key=key, base_url=url, max_retries=0, client=sdk, **options)


AnyAccount: TypeAlias = OpenAI | AzureOpenAI | Anthropic | Gemini | Ollama | Mistral | Groq | OpenRouter
ACCOUNTS = (OpenAI, Anthropic, Gemini, Ollama, Mistral, Groq, AzureOpenAI, OpenRouter)
