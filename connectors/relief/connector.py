"""The relief bureau's REST API: the registry in person grain, and one endpoint for each other dataset."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from connectors.relief import mapping, registry
from connectors.source import Setting, Source, checked, datasets_of, whole_number
from connectors.transport.rest import Api, EndpointForm, PageForm, RestConnector
from hub.catalog.dataset import Agency
from hub.sync.connector import Connector

SETTINGS = (
    Setting("url", "address of the API, below which /api/v1 and /oauth/token lie"),
    Setting("client_id", "client the bureau registered for the hub"),
    Setting("client_secret", "that client's secret", secret=True),
    Setting("certificates", "file of certificate authorities to trust instead of the usual ones", required=False),
    Setting("page_size", "rows to ask for at a time (1000)", required=False),
    Setting("requests_per_second", "most requests to send in a second (50)", required=False),
)

PAGES = PageForm(rows="数据", total="总数", number="页码")

ENDPOINTS = (
    EndpointForm("api/v1/regions", (mapping.REGION,)),
    EndpointForm(
        "api/v1/households-by-person",
        (registry.HOUSEHOLD, registry.PERSON, registry.MEMBERSHIP),
    ),
    EndpointForm("api/v1/applications", (mapping.APPLICATION,)),
    EndpointForm("api/v1/enterprises", (mapping.ENTERPRISE,)),
    EndpointForm("api/v1/enterprise-uses", (mapping.ENTERPRISE_USE,)),
    EndpointForm("api/v1/risk-events", (mapping.RISK_EVENT,)),
    EndpointForm("api/v1/officer-assignments", (mapping.OFFICER_ASSIGNMENT,)),
    EndpointForm("api/v1/visits", (mapping.VISIT,), optional=True),
    EndpointForm("api/v1/service-points", (mapping.SERVICE_POINT,)),
)


def connect(settings: Mapping[str, str]) -> Connector:
    """The bureau's connector. Raises ``SettingError`` for a setting that is missing, unknown or no number."""
    given = checked(settings, SETTINGS, Agency.RELIEF)
    url = given["url"].rstrip("/")
    api = Api(
        url,
        f"{url}/oauth/token",
        given["client_id"],
        given["client_secret"],
        certificates=Path(given["certificates"]) if "certificates" in given else None,
        page_size=whole_number(given, "page_size", 1000),
        requests_per_second=whole_number(given, "requests_per_second", 50),
    )
    return RestConnector(Agency.RELIEF, api, PAGES, ENDPOINTS)


SOURCE = Source(
    Agency.RELIEF,
    "REST API behind OAuth client credentials.",
    datasets_of(held for endpoint in ENDPOINTS for held in endpoint.mappings),
    SETTINGS,
    connect,
)
