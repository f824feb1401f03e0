"""OAuth client credentials (RFC 6749 §4.4) for httpx: one token, renewed when it ends or is refused once."""

from __future__ import annotations

import json
import time
from collections.abc import Generator

import httpx

from hub.errors import SourceError

# Renewed this long before its end, so that no request sets out with a token that dies on the way.
_MARGIN_SECONDS = 20.0
_SHORTEST_LIFE_SECONDS = 5.0


class ClientCredentials(httpx.Auth):
    """Adds the bearer token of ``client_id``. Raises ``SourceError`` if the token endpoint refuses.

    A token endpoint that is overloaded or failing raises ``httpx.HTTPStatusError``, to be retried by the caller.
    """

    def __init__(self, token_url: str, client_id: str, client_secret: str) -> None:
        self._token_url = token_url
        self._fields = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
        }
        self._token = ""
        self._ends = 0.0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The token first, where there is none or it is at its end; once more if the source refuses it."""
        if time.monotonic() >= self._ends:
            self._keep((yield self._asking()))
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self._keep((yield self._asking()))
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _asking(self) -> httpx.Request:
        return httpx.Request("POST", self._token_url, data=self._fields, headers={"Accept": "application/json"})

    def _keep(self, response: httpx.Response) -> None:
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
            response.raise_for_status()
        # Only this answer is read here: a page is taken in by its reader, who minds its size.
        response.read()
        try:
            answer = json.loads(response.content) if response.is_success else {}
            self._token = str(answer["access_token"])
            life = float(answer.get("expires_in", 300))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise SourceError(
                "SOURCE_LOGIN_REFUSED",
                f"The token endpoint gave no token (HTTP {response.status_code}).",
                "Check the settings 'client_id' and 'client_secret' with the agency.",
            ) from None
        self._ends = time.monotonic() + max(life - _MARGIN_SECONDS, _SHORTEST_LIFE_SECONDS)
