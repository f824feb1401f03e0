"""The one place where a refusal becomes HTTP."""

from __future__ import annotations

from hub.errors import HubError
from hub.graph.answer import refusal_of
from hub.identity.client_keys import CLIENT_ALGORITHMS
from hub.identity.proofs import ProofError

_RFC_WORDS = {"PROOF_INVALID": "invalid_dpop_proof", "PROOF_NONCE_NEEDED": "use_dpop_nonce"}

Headers = list[tuple[bytes, bytes]]


def problem(error: HubError) -> tuple[int, bytes, Headers]:
    """Status, body and extra headers of a refusal that came before the question was looked at."""
    headers: Headers = []
    if error.status == 401:
        headers.append((b"www-authenticate", _challenge(error)))
    if isinstance(error, ProofError):
        headers.append((b"dpop-nonce", error.nonce.encode()))
    if error.status == 405:
        headers.append((b"allow", b"POST"))
    headers += retry_headers(error.retry_after)
    return error.status, refusal_of(error), headers


def retry_headers(seconds: int) -> Headers:
    """When to come back (RFC 9110 §10.2.3); none if that does not help."""
    return [(b"retry-after", b"%d" % seconds)] if seconds else []


def _challenge(error: HubError) -> bytes:
    """RFC 6750 §3 and RFC 9449 §7.1: what is wanted, and the RFCs' own word for what was wrong."""
    wrong = _RFC_WORDS.get(error.code, "invalid_token" if error.code.startswith("TOKEN_") else "")
    said = "" if not wrong or error.code == "TOKEN_MISSING" else f', error="{wrong}", error_description="{error.code}"'
    algorithms = " ".join(CLIENT_ALGORITHMS)
    return f'DPoP realm="relief-credit-hub", algs="{algorithms}"{said}'.encode()


def unexpected(request_id: str) -> HubError:
    """What is said of a mistake of our own: nothing but where to find it."""
    return HubError(
        "HUB_FAILED", "The hub made a mistake.", f"Tell the operator the request id {request_id}.", status=500
    )
