"""Nothing leaves unprotected: HTTPS with a certificate, plain HTTP only where nobody else listens, headers on all."""

from __future__ import annotations

import socket
import ssl
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.app import refuse_plain_http, server_for
from hub.clock import now
from hub.errors import SettingError
from hub.settings import Settings
from hub.storage.server import DatabaseServer
from tests.support.database import Database


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now() - timedelta(minutes=1))
        .not_valid_after(now() + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, private


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_hub_serves_https_and_says_so_on_every_page(database: Database, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    settings = Settings(home=tmp_path, host="localhost", port=free_port(), tls_cert=cert, tls_key=key)
    server = server_for(settings, DatabaseServer(database.owner, database.roles))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            threading.Event().wait(0.01)
        context = ssl.create_default_context(cafile=str(cert))
        with httpx.Client(base_url=settings.issuer, verify=context, trust_env=False, timeout=30) as client:
            said = client.get("/.well-known/oauth-authorization-server").json()
            assert said["issuer"] == settings.issuer == f"https://localhost:{settings.port}"
            paths = ("/health/live", "/graphql", "/console", "/oauth/login", "/oauth/jwks", "/graphiql", "/nothing")
            for path in paths:
                headers = client.get(path).headers
                assert headers["strict-transport-security"].startswith("max-age=63072000"), path
                assert headers["x-content-type-options"] == "nosniff"
                assert headers["referrer-policy"] == "no-referrer"
                assert "default-src 'none'" in headers["content-security-policy"]
                assert "unsafe" not in headers["content-security-policy"]
            cookie = client.get("/console/login").headers["set-cookie"]
            assert cookie.startswith("__Host-hub-login=")
            assert "Secure" in cookie
        old = ssl.create_default_context(cafile=str(cert))
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        old.set_ciphers("AES128-SHA256")
        with httpx.Client(verify=old, trust_env=False) as client, pytest.raises(httpx.ConnectError):
            client.get(f"{settings.issuer}/health/live")
    finally:
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"host": "0.0.0.0"}, "SETTING_PLAIN_HTTP_REFUSED"),  # noqa: S104
        ({"host": "192.0.2.1"}, "SETTING_PLAIN_HTTP_REFUSED"),
        ({"host": "hub.example"}, "SETTING_PLAIN_HTTP_REFUSED"),
        ({"host": "0.0.0.0", "tls_proxy": True}, "SETTING_PUBLIC_URL_PLAIN"),  # noqa: S104
        ({"public_url": "http://hub.example"}, "SETTING_PUBLIC_URL_PLAIN"),
        ({"tls_cert": Path("missing.pem")}, "SETTING_TLS_INCOMPLETE"),
        ({"tls_cert": Path("missing.pem"), "tls_key": Path("missing.key")}, "SETTING_TLS_UNREADABLE"),
    ],
)
def test_where_it_would_be_unprotected_it_does_not_start(given: dict[str, Any], code: str) -> None:
    with pytest.raises(SettingError, match=code):
        refuse_plain_http(Settings(**given))


@pytest.mark.parametrize(
    "given",
    [
        {"host": "127.0.0.1"},
        {"host": "::1"},
        {"host": "localhost"},
        {"host": "0.0.0.0", "tls_proxy": True, "public_url": "https://hub.example"},  # noqa: S104
    ],
)
def test_where_nobody_else_listens_or_a_proxy_protects_it_starts(given: dict[str, Any]) -> None:
    refuse_plain_http(Settings(**given))
