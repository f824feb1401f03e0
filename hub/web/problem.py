"""The one place where a refusal becomes HTTP."""

from __future__ import annotations

from hub.errors import HubError
from hub.graph.answer import refusal_of

Headers = list[tuple[bytes, bytes]]


def problem(error: HubError) -> tuple[int, bytes, Headers]:
    """Status, body and extra headers of a refusal that came before the question was looked at."""
    headers: Headers = []
    if error.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="relief-credit-hub"'))
    if error.status == 405:
        headers.append((b"allow", b"POST"))
    if error.status == 503:
        headers.append((b"retry-after", b"1"))
    return error.status, refusal_of(error), headers


def unexpected(request_id: str) -> HubError:
    """What is said of a mistake of our own: nothing but where to find it."""
    return HubError(
        "HUB_FAILED", "The hub made a mistake.", f"Tell the operator the request id {request_id}.", status=500
    )
