"""A paged REST API: every page once, in order, complete; anything else refuses the delivery as a whole."""

from __future__ import annotations

import hashlib
import json
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import httpx
import polars as pl
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from connectors.heading import of_names
from connectors.mapping import Fitted, Mapping
from connectors.source import datasets_of, place, wanted
from connectors.transport.client_credentials import ClientCredentials
from hub.catalog.dataset import Agency
from hub.errors import SettingError, SourceError
from hub.sync.connector import Delivery
from hub.sync.handover import ROW, Batch, Due, Kind

_ATTEMPTS = 5
_MISSING = "SOURCE_ENDPOINT_MISSING"
_LONGEST_WAIT_SECONDS = 60.0
_BATCH_ROWS = 20_000
_MOST_PAGE_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class PageForm:
    """How an API pages: the parameters it takes and the keys under which it answers; ``number`` may be left out.

    ``version`` is the key of a mark that stays the same as long as no row does change. Without one the last row of
    each page is asked for again after the next page, to see that no row slipped over the edge between them.
    """

    rows: str
    total: str
    number: str = ""
    version: str = ""
    page_parameter: str = "page"
    size_parameter: str = "size"


@dataclass(frozen=True, slots=True)
class EndpointForm:
    """One endpoint: its path below the API's address, and the datasets its rows hold.

    ``optional``: not every agency has it; where it answers 404 (not found), the others are read.
    """

    path: str
    mappings: tuple[Mapping, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Api:
    """Where an API is and how it is asked.

    ``certificates``: a file of certificate authorities to trust instead of the usual ones.
    ``first_wait_seconds``: the pause before the first retry; it doubles from there, with jitter.
    """

    url: str
    token_url: str
    client_id: str
    client_secret: str
    certificates: Path | None = None
    page_size: int = 1000
    requests_per_second: float = 50.0
    timeout_seconds: float = 30.0
    first_wait_seconds: float = 0.5

    def __repr__(self) -> str:
        return "Api(…)"


class RestConnector:
    """One agency's API."""

    def __init__(self, agency: Agency, api: Api, pages: PageForm, forms: tuple[EndpointForm, ...]) -> None:
        self.agency = agency
        self._api = api
        self._pages = pages
        self._forms = forms
        self._login = ClientCredentials(api.token_url, api.client_id, api.client_secret)
        self.lacks: dict[str, str] = {}

    def deliveries(self, due: Due) -> Iterator[Delivery]:
        """One delivery per endpoint; only one that is optional is asked before its delivery is looked at."""
        self.lacks = {}
        due_forms = [(form, mappings) for form in self._forms if (mappings := wanted(form.mappings, due))]
        for form, mappings in sorted(due_forms, key=lambda item: place(item[1])):
            pager = _Pager(self._api, self._login, self._pages, form.path)
            if form.optional and not pager.is_there():
                self.lacks |= dict.fromkeys(datasets_of(mappings), form.path)
                continue
            yield EndpointDelivery(pager, form.path, mappings)


class EndpointDelivery:
    """One endpoint."""

    kind = Kind.ENDPOINT

    def __init__(self, pager: _Pager, path: str, mappings: tuple[Mapping, ...]) -> None:
        self._pager = pager
        self._path = path
        self._mappings = mappings
        self._digest = ""

    @property
    def name(self) -> str:
        """The endpoint's path."""
        return self._path

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets that are due and stand in it."""
        return datasets_of(self._mappings)

    @property
    def expected_rows(self) -> int:
        """The total the first page states. Raises ``SourceError`` if that page cannot be had."""
        return self._pager.total

    @property
    def digest(self) -> str:
        """SHA-256 over the bytes of all pages in order; empty until the batches are exhausted."""
        return self._digest

    def batches(self) -> Iterator[Batch]:
        """The rows of all pages; ``SourceError`` unless each came once and whole, and they add up to the total."""
        sha = hashlib.sha256()
        fits: list[Fitted] = []
        known: dict[str, None] = {}
        waiting: list[pl.DataFrame] = []
        first_row = 1
        for page in self._pager.pages():
            sha.update(page.raw)
            keys = dict.fromkeys(key for row in page.rows for key in row)
            if not known or keys.keys() - known.keys():
                # A source may leave out a key where nothing stands under it: then no earlier page told of it.
                if waiting:
                    yield from _batches(fits, waiting)
                    waiting = []
                known |= keys
                fits = self._fitted(known, fits)
            waiting.append(self._frame(page.rows, fits, first_row))
            first_row += len(page.rows)
            if sum(frame.height for frame in waiting) >= _BATCH_ROWS:
                yield from _batches(fits, waiting)
                waiting = []
        if waiting:
            yield from _batches(fits, waiting)
        self._digest = sha.hexdigest()

    def _fitted(self, keys: dict[str, None], before: list[Fitted]) -> list[Fitted]:
        """Each mapping matched to all keys met so far; as it was ``before`` where that is the same."""
        fresh = [mapping.fit(of_names(keys), self._path) for mapping in self._mappings]
        if not before:
            return fresh
        return [old if old.part == new.part else new for old, new in zip(before, fresh, strict=True)]

    def _frame(self, rows: list[dict[str, Any]], fits: list[Fitted], first_row: int) -> pl.DataFrame:
        labels = dict.fromkeys(label for fit in fits for label in fit.labels)
        numbers = pl.int_range(first_row, first_row + len(rows), dtype=pl.Int64, eager=True).alias(ROW)
        return pl.DataFrame([numbers, *(self._texts(label, [row.get(label) for row in rows]) for label in labels)])

    def _texts(self, label: str, values: Sequence[Any]) -> pl.Series:
        """One key's values as text; numbers came as the text they were written in."""
        kinds = set(map(type, values))
        if bool in kinds:
            values = [str(value).lower() if isinstance(value, bool) else value for value in values]
        if not kinds <= {str, bool, type(None)}:
            raise _broken(self._path, f"holds a list or an object under {label}")
        return pl.Series(label, values, dtype=pl.String)


def _batches(fits: list[Fitted], waiting: list[pl.DataFrame]) -> Iterator[Batch]:
    frame = pl.concat(waiting)
    for fit in fits:
        yield Batch(fit.part, fit.rows(frame))


@dataclass(frozen=True, slots=True, repr=False)
class _Page:
    raw: bytes
    rows: list[dict[str, Any]]
    total: int
    version: str


class _BrokenPageError(Exception):
    """An answer that is cut or not what was agreed; the next one may be whole."""


class _Pager:
    """Asks one endpoint page by page, patiently but not for ever."""

    def __init__(self, api: Api, login: ClientCredentials, form: PageForm, path: str) -> None:
        self._api = api
        self._login = login
        self._form = form
        self._path = path
        self._first: _Page | None = None
        self._next_request = 0.0

    @property
    def total(self) -> int:
        if self._first is None:
            with self._client() as client:
                self._first = self._page(client, 1, self._api.page_size)
        return self._first.total

    def is_there(self) -> bool:
        """Whether the API has such an endpoint. Raises ``SourceError`` if it does not answer otherwise."""
        try:
            return self.total >= 0
        except SourceError as refusal:
            if refusal.code == _MISSING:
                return False
            raise

    def pages(self) -> Iterator[_Page]:
        total, number, count, full = self.total, 1, 0, 0
        version = self._first.version if self._first else ""
        edges: set[str] = set()
        last: dict[str, Any] = {}
        if total <= 0 and self._first and self._first.rows:
            raise _shifted(self._path, f"page 1 has rows and the total says {total}")
        with self._client() as client:
            while count < total:
                page = self._first if number == 1 and self._first else self._page(client, number, self._api.page_size)
                if page.total != total or page.version != version:
                    raise _shifted(self._path, "its total or version changed between two pages")
                # A source may give smaller pages than asked for; then the first one says how small.
                full = full or max(len(page.rows), 1)
                if len(page.rows) != min(full, total - count):
                    raise _shifted(self._path, f"page {number} has {len(page.rows)} rows, not as many as announced")
                ends = {json.dumps(page.rows[0]), json.dumps(page.rows[-1])}
                if ends & edges:
                    raise _shifted(self._path, f"page {number} repeats rows of an earlier page")
                if count and not self._form.version and self._page(client, count, 1).rows != [last]:
                    raise _shifted(self._path, f"rows moved between page {number - 1} and page {number}")
                edges |= ends
                last = page.rows[-1]
                yield page
                count += len(page.rows)
                number += 1
        self._first = None

    def _client(self) -> httpx.Client:
        # Proxies and certificates come from settings alone, never from the environment of the process.
        trusted = _trusted(self._api.certificates)
        return httpx.Client(auth=self._login, timeout=self._api.timeout_seconds, trust_env=False, verify=trusted)

    def _page(self, client: httpx.Client, number: int, size: int) -> _Page:
        """A page, asked for again while its faults may pass; what was read before stays read."""
        first = self._api.first_wait_seconds
        backoff = wait_exponential_jitter(multiplier=first, max=_LONGEST_WAIT_SECONDS, jitter=first)
        retrying = Retrying(
            retry=retry_if_exception(_is_passing),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=lambda state: max(backoff(state), _asked_to_wait(state)),
            reraise=True,
        )
        try:
            return retrying(self._once, client, number, size)
        except _BrokenPageError as failure:
            raise SourceError(
                "SOURCE_PAGE_BROKEN",
                f"The endpoint {self._path} {failure} on page {number}, each time it was asked.",
                "Nothing was loaded; run the sync again, and ask the agency if it stays so.",
            ) from None
        except httpx.HTTPStatusError as failure:
            if failure.response.status_code == httpx.codes.NOT_FOUND and number == 1:
                raise SourceError(
                    _MISSING,
                    f"The API has no endpoint {self._path}.",
                    "Nothing was loaded; check the address in the settings, and ask the agency whether it has it.",
                ) from None
            self._refuse(f"answers HTTP {failure.response.status_code} on page {number}")
        except (httpx.TransportError, httpx.DecodingError) as failure:
            self._refuse(f"cannot be reached ({type(failure).__name__}) for page {number}")

    def _once(self, client: httpx.Client, number: int, size: int) -> _Page:
        time.sleep(max(self._next_request - time.monotonic(), 0.0))
        self._next_request = time.monotonic() + 1 / self._api.requests_per_second
        parameters = {self._form.page_parameter: number, self._form.size_parameter: size}
        url = f"{self._api.url.rstrip('/')}/{self._path.lstrip('/')}"
        # Streamed, so that the response never holds the page: responses are garbage in a cycle, which Python leaves
        # lying for hundreds of megabytes.
        with client.stream("GET", url, params=parameters, headers={"Accept": "application/json"}) as response:
            response.raise_for_status()
            if response.headers.get("RateLimit-Remaining") == "0":
                self._next_request += _seconds(response.headers.get("RateLimit-Reset"))
            raw = bytearray()
            for block in response.iter_bytes():
                raw += block
                if len(raw) > _MOST_PAGE_BYTES:
                    raise _BrokenPageError(f"sends more than {_MOST_PAGE_BYTES >> 20} MB")
        return self._read(bytes(raw), number)

    def _read(self, raw: bytes, number: int) -> _Page:
        try:
            answer = json.loads(raw, parse_float=str, parse_int=str, parse_constant=_refuse_constant)
            rows, total = answer[self._form.rows], int(answer[self._form.total])
            stated = int(answer.get(self._form.number, number)) if self._form.number else number
            version = str(answer[self._form.version]) if self._form.version else ""
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            # Without its cause: a parse error carries the page.
            raise _BrokenPageError("is cut or not what was agreed") from None
        if stated != number:
            raise _shifted(self._path, f"page {number} was asked for and page {stated} came")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise _BrokenPageError("has no list of rows")
        return _Page(raw, rows, total, version)

    def _refuse(self, what: str) -> NoReturn:
        raise SourceError(
            "SOURCE_UNREACHABLE",
            f"The endpoint {self._path} {what}.",
            f"Nothing was loaded, after {_ATTEMPTS} attempts at most; check its address, and ask the agency.",
        ) from None


@lru_cache(maxsize=8)
def _trusted(certificates: Path | None) -> ssl.SSLContext:
    """The authorities to trust; read once, because reading the usual ones takes a tenth of a second."""
    if certificates is None:
        return httpx.create_ssl_context(trust_env=False)
    try:
        return ssl.create_default_context(cafile=certificates)
    except OSError:
        raise SettingError(
            "SETTING_SOURCE_CERTIFICATES",
            "The file of certificate authorities cannot be read.",
            "Check the setting 'certificates': a PEM file.",
        ) from None


def _is_passing(failure: BaseException) -> bool:
    """Whether a fault may be over the next time: too many requests, a failing server, a broken connection or page."""
    if isinstance(failure, httpx.HTTPStatusError):
        return failure.response.status_code == httpx.codes.TOO_MANY_REQUESTS or failure.response.is_server_error
    return isinstance(failure, httpx.TransportError | httpx.DecodingError | _BrokenPageError)


def _asked_to_wait(state: RetryCallState) -> float:
    failure = state.outcome.exception() if state.outcome else None
    return _seconds(failure.response.headers.get("Retry-After")) if isinstance(failure, httpx.HTTPStatusError) else 0.0


def _seconds(text: str | None) -> float:
    """Whole seconds a source asks to wait, up to a minute; a date or nonsense is no wish."""
    return min(float(text), _LONGEST_WAIT_SECONDS) if text and text.isdigit() else 0.0


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError


def _broken(path: str, what: str) -> SourceError:
    return SourceError(
        "SOURCE_PAGE_BROKEN",
        f"The endpoint {path} {what}.",
        "Nothing was loaded; run the sync again, and ask the agency if it stays so.",
    )


def _shifted(path: str, what: str) -> SourceError:
    return SourceError(
        "SOURCE_CHANGED",
        f"The endpoint {path} changed while it was read: {what}.",
        "Nothing was loaded; run the sync again when the agency is not loading data.",
    )
