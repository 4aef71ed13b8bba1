"""Accounts at a store of objects, and how it is asked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import field_validator

from a8n import Credential, Field, HttpClient, HttpResponse, NodeError, Secret, hint
from a8n_files.signing import EMPTY, Keys, Query, encoded, presigned, queried, signed

BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
PATIENCE = 300.0
"""Seconds of one request, with what it carries."""
BUSY = ("SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "Throttling", "503 Slow Down")


class S3Account(Credential):
    """Access keys for Amazon S3, or for a store that speaks its protocol: MinIO, R2, Ceph, Garage and others."""

    key = "s3.account"
    icon = "icon.svg"
    title = "S3 storage"

    access_key: str = Field(min_length=1, max_length=200, description="Access key ID.")
    secret_key: Secret = Field(min_length=1, description="Secret access key.")
    region: str = Field("us-east-1", pattern=r"^[a-z0-9-]{1,60}$", description="Region; R2 calls it auto.")
    endpoint: Annotated[str, hint(placeholder="https://minio.example.org")] = Field(
        "", max_length=500, description="Address of the store; empty is Amazon's."
    )
    path_style: bool = Field(True, description="Name the bucket in the path rather than in the host.")
    session_token: Secret = Field(Secret(""), description="Session token, which temporary keys have.")
    bucket: str = Field("", max_length=255, description="Bucket that the Test button looks into; empty lists buckets.")

    @field_validator("endpoint")
    @classmethod
    def _address(cls, text: str) -> str:
        parts = urlsplit(text.rstrip("/"))
        if text and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query):
            raise ValueError("this is no address such as https://minio.example.org")
        return text.rstrip("/")

    async def check(self, http: Any) -> str:
        """List what may be seen."""
        if self.bucket:
            query = [("list-type", "2"), ("max-keys", "1")]
            await asked(http, self, "GET", self.address(self.bucket), query)
            return f"the bucket {self.bucket} can be listed"
        answer = await asked(http, self, "GET", self.address(""))
        return f"signed in; {answer.text.count('<Bucket>')} buckets"

    def keys(self) -> Keys:
        """What requests are signed with."""
        return Keys(
            self.access_key, self.secret_key.get_secret_value(), self.region, self.session_token.get_secret_value()
        )

    def address(self, bucket: str, name: str = "") -> str:
        """The URL of a bucket or an object. Raises NodeError for what cannot be a bucket."""
        root = self.endpoint or f"https://s3.{self.region}.amazonaws.com"
        if not bucket:
            return f"{root}/"
        if not BUCKET.fullmatch(bucket) or ".." in bucket:
            raise NodeError(f"{bucket[:80]!r} is no name of a bucket", field="bucket", retryable=False)
        if any(part in (".", "..") for part in name.split("/")):  # a client on the way may take it for a path
            raise NodeError("a key with a part . or .. cannot be asked for", field="name", retryable=False)
        path = encoded(name, keep="/")
        if self.path_style:
            return f"{root}/{bucket}/{path}"
        scheme, _, host = root.partition("://")
        return f"{scheme}://{bucket}.{host}/{path}"

    def link(self, method: str, bucket: str, name: str, seconds: int, query: Query = ()) -> str:
        """A URL that whoever has it may use for so many seconds."""
        return presigned(self.keys(), method, self.address(bucket, name), query, seconds, datetime.now(UTC))


def prepared(
    account: S3Account, method: str, url: str, query: Query, headers: Mapping[str, str], content: bytes | None
) -> tuple[str, dict[str, str]]:
    """The URL and the headers of a signed request."""
    payload = hashlib.sha256(content).hexdigest() if content else EMPTY
    made = signed(account.keys(), method, url, query, headers, payload, datetime.now(UTC))
    return (f"{url}?{queried(query)}" if query else url), made


async def asked(
    http: HttpClient, account: S3Account, method: str, url: str, query: Query = (), *,
    headers: Mapping[str, str] | None = None, content: bytes | None = None, field: str = "name",
) -> HttpResponse:  # fmt: skip
    """The answer to a signed request. Raises NodeError for what the store refuses; `field` names the object."""
    where, made = prepared(account, method, url, query, headers or {}, content)
    answer = await http.request(method, where, headers=made, content=content, timeout=PATIENCE, follow_redirects=False)
    if answer.status >= 300:
        raise refused(answer.status, answer.text, answer.headers, field)
    return answer


def refused(status: int, text: str, headers: Mapping[str, str], field: str) -> NodeError:
    """What the store says, for a person, and whether trying again may help."""
    # Not parsed: this much of the form is the same everywhere, and nothing in it can do harm.
    parts = re.findall(r"<(Code|Message|Region)>([^<]*)</", text[:20_000])
    found = {name: unescape(value)[:500] for name, value in parts}
    code, said = found.get("Code", ""), found.get("Message", "") or f"status {status}"
    wait = headers.get("retry-after", "")
    after = float(wait) if wait.isdecimal() and len(wait) < 7 else None
    if code == "NoSuchKey" or (status == 404 and not code):
        return NodeError("there is no such object", field=field, retryable=False)
    if code == "NoSuchBucket":
        return NodeError("there is no such bucket", field="bucket", retryable=False)
    if code in ("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"):
        return NodeError(f"the store does not accept these keys: {said}", hint="check the credential", retryable=False)
    if code == "RequestTimeTooSkewed":
        return NodeError("the clock of this machine is wrong: the store refuses its signatures", retryable=False)
    if status in (301, 307, 308) or code in ("PermanentRedirect", "AuthorizationHeaderMalformed"):
        region = found.get("Region") or headers.get("x-amz-bucket-region", "")
        hint = f"the credential's region ought to be {region}" if region else "check region and address"
        return NodeError("the bucket is in another region", hint=hint, retryable=False)
    busy = status in (429, 500, 502, 503, 504) or code in BUSY
    return NodeError(f"the store refused: {said}" + (f" ({code})" if code else ""), retryable=busy, retry_after=after)
