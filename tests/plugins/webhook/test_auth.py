"""How callers prove who they are: what is let in, and all that is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from a8n import NodeError, Request, UnauthorizedError
from a8n_webhook.credentials import WebhookBasic, WebhookHeader, WebhookHmac, WebhookJwt
from a8n_webhook.trigger import Webhook

from .conftest import request, webhook

SECRETS = count(1)


def auth(kind: str, **values: Any) -> dict[str, Any]:
    return {"kind": kind, "credential": {"$credential": "c"}, **values}


async def refused(trigger: Webhook, came: Request) -> UnauthorizedError:
    with pytest.raises(UnauthorizedError) as caught:
        await trigger.authenticate(came)
    return caught.value


# --- basic and header ----------------------------------------------------------------------------------------


def basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


async def test_basic_authentication() -> None:
    credential = WebhookBasic.model_validate({"username": "ada", "password": "pä:ss"})
    trigger = webhook(credential, auth=auth("basic"))
    assert not trigger.open_to_all()
    await trigger.authenticate(request(headers=basic("ada:pä:ss")))
    for headers in (
        {}, basic("ada:wrong"), basic("eve:pä:ss"), basic("ada"), basic(""), {"Authorization": "Basic ~~~"},
        {"Authorization": "Bearer " + base64.b64encode("ada:pä:ss".encode()).decode()},
    ):  # fmt: skip
        error = await refused(trigger, request(headers=headers))
        assert (error.status, error.challenge) == (401, 'Basic realm="webhook", charset="UTF-8"')


async def test_a_secret_header() -> None:
    trigger = webhook(WebhookHeader.model_validate({"name": "X-Key", "value": "s3crét"}), auth=auth("header"))
    await trigger.authenticate(request(headers={"x-key": "s3crét".encode().decode("latin-1")}))
    for headers in ({}, {"x-key": ""}, {"x-key": "s3cret"}, {"x-key": "s3crét\u20ac"}, {"x-other": "s3crét"}):
        assert (await refused(trigger, request(headers=headers))).status == 401


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (WebhookBasic, {"username": "a", "password": ""}),
        (WebhookBasic, {"username": "", "password": "a"}),
        (WebhookHeader, {"value": ""}),
        (WebhookHmac, {"secret": ""}),
        (WebhookJwt, {"verification_key": ""}),
    ],
)
def test_an_empty_secret_cannot_be_saved(kind: Any, values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        kind.model_validate(values)


# --- signed tokens -------------------------------------------------------------------------------------------

SHARED = "a shared secret of more than thirty-two bytes"


def public_pem(key: Any) -> str:
    encoding, kind = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    pem: bytes = key.public_key().public_bytes(encoding, kind)
    return pem.decode()


def private_pem(key: Any) -> bytes:
    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem


RSA = rsa.generate_private_key(65537, 2048)
P256 = ec.generate_private_key(ec.SECP256R1())


def claims(**changes: Any) -> dict[str, Any]:
    made = {"exp": int(time.time()) + 600, "aud": "a8n", "iss": "issuer", **changes}
    return {name: value for name, value in made.items() if value is not None}


def bearer(token: str) -> Request:
    return request(headers={"Authorization": f"Bearer {token}"})


def shared(**values: Any) -> Webhook:
    credential = WebhookJwt.model_validate(
        {"verification_key": SHARED, "audience": "a8n", "issuer": "issuer", **values}
    )
    return webhook(credential, auth=auth("jwt"))


def signed(payload: dict[str, Any], secret: str = SHARED, alg: str = "HS256") -> str:
    return jwt.encode({"alg": alg}, payload, OctKey.import_key(secret), algorithms=[alg])


@pytest.mark.parametrize(
    ("algorithm", "key", "import_key"),
    [
        ("RS256", RSA, RSAKey.import_key),
        ("PS256", RSA, RSAKey.import_key),
        ("ES256", P256, ECKey.import_key),
    ],
)
async def test_tokens_signed_by_a_private_key(algorithm: str, key: Any, import_key: Callable[[bytes], Any]) -> None:
    credential = WebhookJwt.model_validate({"algorithm": algorithm, "verification_key": public_pem(key)})
    trigger = webhook(credential, auth=auth("jwt"))
    token = jwt.encode({"alg": algorithm}, claims(), import_key(private_pem(key)), algorithms=[algorithm])
    await trigger.authenticate(bearer(token))
    other = jwt.encode({"alg": "HS256"}, claims(), OctKey.import_key(SHARED))
    await refused(trigger, bearer(other))
    head, body, signature = token.split(".")
    await refused(trigger, bearer(f"{head}.{body}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"))
    assert "can be read" in await credential.check(None)


async def test_a_token_with_a_shared_secret() -> None:
    await shared().authenticate(bearer(signed(claims())))
    await shared().authenticate(bearer(signed(claims(aud=["other", "a8n"]))))
    await shared(audience="", issuer="").authenticate(bearer(signed(claims(aud=None, iss=None))))


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None}, {"exp": 1}, {"exp": "never"}, {"aud": "other"}, {"aud": None}, {"iss": "other"}, {"iss": None},
        {"nbf": 99999999999}, {"iat": 99999999999},
    ],
)  # fmt: skip
async def test_claims_that_do_not_hold(changes: dict[str, Any]) -> None:
    error = await refused(shared(), bearer(signed(claims(**changes))))
    assert (str(error), error.challenge) == ("the token is not valid, or no longer", 'Bearer error="invalid_token"')


async def test_the_algorithm_is_not_the_callers_choice() -> None:
    await refused(shared(), bearer(signed(claims(), alg="HS512")))
    unsigned = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, claims())
    )
    for token in (f"{unsigned}.", unsigned, "x", "a.b.c", "", "x" * 100_000, f"{unsigned}.é"):
        await refused(shared(), bearer(token))


async def test_a_public_key_is_no_shared_secret() -> None:
    """Else a caller could sign with the public key, which everybody knows."""
    credential = WebhookJwt.model_validate({"algorithm": "HS256", "verification_key": public_pem(RSA)})
    error = await refused(webhook(credential, auth=auth("jwt")), bearer(signed(claims())))
    assert "key of this webhook cannot be read" in str(error)
    with pytest.raises(NodeError, match="takes a shared secret"):
        await credential.check(None)


async def test_without_a_token_the_caller_is_told_to_bring_one() -> None:
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer "}):
        assert (await refused(shared(), request(headers=headers))).challenge == "Bearer"


# --- signatures ----------------------------------------------------------------------------------------------

BODY = b'{"event": "paid"}'


def hooked(scheme: dict[str, Any], secret: str | None = None, **params: Any) -> tuple[Webhook, str]:
    """A trigger that wants signatures, and its secret: each test has one of its own."""
    text = secret or f"whsec-{next(SECRETS)}"
    return webhook(WebhookHmac.model_validate({"secret": text}), auth=auth("hmac", scheme=scheme), **params), text


def mac(secret: str, message: bytes, algorithm: str = "sha256") -> bytes:
    return hmac.new(secret.encode(), message, algorithm).digest()


def github(secret: str, at: int) -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + mac(secret, BODY).hex()}


def stripe(secret: str, at: int) -> dict[str, str]:
    right = mac(secret, f"{at}.".encode() + BODY).hex()
    return {"Stripe-Signature": f"t={at},v1={'0' * 64},v1={right},v0=ignored"}


def slack(secret: str, at: int) -> dict[str, str]:
    text = "v0=" + mac(secret, f"v0:{at}:".encode() + BODY).hex()
    return {"X-Slack-Signature": text, "X-Slack-Request-Timestamp": str(at)}


def generic(secret: str, at: int) -> dict[str, str]:
    text = mac(secret, f"POST\n/webhook/orders\n{at}\n".encode() + BODY).hex()
    return {"X-Signature": text, "X-Timestamp": str(at)}


SIGNERS = {"github": github, "stripe": stripe, "slack": slack, "generic": generic}


@pytest.mark.parametrize("preset", SIGNERS)
async def test_signed_requests(preset: str) -> None:
    trigger, secret = hooked({"preset": preset})
    headers = SIGNERS[preset](secret, int(time.time()))
    await refused(trigger, request(BODY + b" ", headers))
    await refused(trigger, request(BODY, SIGNERS[preset](secret + "x", int(time.time()))))
    await refused(trigger, request(BODY))
    await trigger.authenticate(request(BODY, headers))


@pytest.mark.parametrize("preset", SIGNERS)
async def test_a_signed_request_counts_once(preset: str) -> None:
    trigger, secret = hooked({"preset": preset})
    came = request(BODY, SIGNERS[preset](secret, int(time.time())))
    await trigger.authenticate(came)
    assert str(await refused(trigger, came)) == "this signed request was delivered before"
    shouted = {name: value.replace("a", "A") if "=" not in value else value for name, value in came.headers.items()}
    await refused(trigger, request(BODY, shouted))


@pytest.mark.parametrize("preset", ["stripe", "slack", "generic"])
@pytest.mark.parametrize("age", [-400, 400])
async def test_a_stale_signature_is_refused(preset: str, age: int) -> None:
    trigger, secret = hooked({"preset": preset})
    error = await refused(trigger, request(BODY, SIGNERS[preset](secret, int(time.time()) - age)))
    assert "older or newer than 300 seconds" in str(error)


async def test_the_generic_signature_covers_method_path_and_time() -> None:
    trigger, secret = hooked({"preset": "generic"})
    at = int(time.time())
    headers = generic(secret, at)
    await refused(trigger, request(BODY, headers, method="PUT"))
    await refused(trigger, request(BODY, headers, url="/webhook/other"))
    await refused(trigger, request(BODY, {**headers, "X-Timestamp": str(at + 1)}))
    await trigger.authenticate(request(BODY, headers))


async def test_the_generic_signature_can_be_that_of_other_services() -> None:
    scheme = {
        "preset": "generic", "signature_header": "X-Shop-Hmac", "encoding": "base64", "parts": ["body"],
        "prefix": "v1,", "algorithm": "sha512",
    }  # fmt: skip
    trigger, secret = hooked(scheme)
    right = base64.b64encode(mac(secret, BODY, "sha512")).decode()
    await trigger.authenticate(request(BODY, {"X-Shop-Hmac": f"v1,{right}"}))
    for wrong in (right, f"v1,{right}=", f"v1,{right[:-4]}", "v1,", "v1,é"):
        await refused(trigger, request(BODY + b"2", {"X-Shop-Hmac": wrong}))


@pytest.mark.parametrize(
    ("preset", "headers"),
    [
        ("github", {"X-Hub-Signature-256": "sha1=00"}),
        ("github", {"X-Hub-Signature-256": "sha256="}),
        ("github", {"X-Hub-Signature-256": "sha256=" + "é" * 64}),
        ("stripe", {"Stripe-Signature": "v1=00"}),
        ("stripe", {"Stripe-Signature": "t=1e9,v1=00"}),
        ("stripe", {"Stripe-Signature": "t=1"}),
        ("stripe", {"Stripe-Signature": "x" * 5000}),
        ("slack", {"X-Slack-Signature": "v0=00"}),
        ("generic", {"X-Signature": "00"}),
        ("generic", {"X-Signature": "00", "X-Timestamp": "٣"}),
    ],
)
async def test_nonsense_is_refused_and_never_breaks(preset: str, headers: dict[str, str]) -> None:
    trigger, _ = hooked({"preset": preset})
    assert (await refused(trigger, request(BODY, headers))).status == 401


async def test_a_request_that_was_not_accepted_may_come_again() -> None:
    trigger, secret = hooked({"preset": "github"})
    came = request(BODY, github(secret, 0))
    await trigger.authenticate(came)
    trigger.release(came)
    await trigger.authenticate(came)


def test_across_processes_the_signature_is_the_key_of_a_repeat() -> None:
    trigger, secret = hooked({"preset": "github"})
    came = request(BODY, {**github(secret, 0), "Idempotency-Key": "chosen-by-the-attacker"})
    assert trigger.dedup_key(came) == "signed-" + mac(secret, BODY).hex()
    assert trigger.route().idempotent is False
    with_key, _ = hooked({"preset": "github"}, secret, idempotency_key="body.id")
    assert with_key.dedup_key(request(BODY, github(secret, 0), body={"id": 7})) == "7"


async def test_one_secret_cannot_push_out_the_signatures_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("a8n_webhook.replays.MAX_SIGNATURES", 3)
    quiet, secret = hooked({"preset": "generic", "parts": ["body"]})
    busy, other = hooked({"preset": "generic", "parts": ["body"]})
    came = request(BODY, {"X-Signature": mac(secret, BODY).hex()})
    await quiet.authenticate(came)
    for n in range(10):
        raw = str(n).encode()
        await busy.authenticate(request(raw, {"X-Signature": mac(other, raw).hex()}))
    await refused(quiet, came)


def test_secrets_have_no_repr() -> None:
    trigger, secret = hooked({"preset": "github"})
    assert secret not in repr(trigger)
    assert hashlib.sha256(secret.encode()).hexdigest() not in repr(trigger)
