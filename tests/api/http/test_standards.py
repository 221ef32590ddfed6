"""Every request gets the answer that the standards promise (tests/api/http/standards.py): from Django, from the service as `make run`
starts it, and below a path of a proxy.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from django.test import Client

from tests import seeded
from tests.api.http.standards import CASES, SITE, Answer, Ask, Case
from tests.faults.service import Service, serving, wait_for

pytestmark = pytest.mark.django_db

ASKED = {"Origin": SITE}
# What the services below are told. What is made beside, most of it for words that nobody knows, took them 1.4 of 7 seconds.
BEHIND = {"BEHIND_PROXY": "true", "ALLOWED_HOSTS": "localhost,127.0.0.1,open.example", "MAKE_BESIDE": "false"}


def of_django(client: Client) -> Ask:
    """Django asked as the server asks it, but for what the server does itself."""
    client.raise_request_exception = False

    def ask(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        response: Any = client.generic(method, path, body, headers={**ASKED, **headers})
        content = response.getvalue()
        return Answer(response.status_code, {name.lower(): value for name, value in response.items()}, content)

    return ask


def of_server(port: int, prefix: str = "") -> Ask:
    """The service asked over a connection of its own, below a prefix."""

    def ask(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request(method, prefix + path, body or None, {**ASKED, **headers})
            response = connection.getresponse()
            content = response.read()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)
        finally:
            connection.close()

    return ask


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.stores_alike
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_django_keeps_the_promise(case: Case, client: Client) -> None:
    assert case.broken(of_django(client)) == []


# The service that runs ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filled(tmp_path_factory: Any) -> Iterator[str]:
    """The store of the services below."""
    with seeded.copy_of(os.environ["DATABASE_URL"], tmp_path_factory.mktemp("store")) as address:
        yield address


@pytest.fixture(scope="module")
def service(filled: str, tmp_path_factory: Any) -> Iterator[Service]:
    """The service behind a proxy that it believes, whose log has everything."""
    folder = tmp_path_factory.mktemp("service")
    with serving(filled, folder, **BEHIND, RATE_LIMIT="1000000/min", LOG_LEVEL="INFO") as started:
        yield started


@pytest.mark.stores_alike
def test_the_service_that_runs_keeps_every_promise(service: Service) -> None:
    broken = {case.name: found for case in CASES if (found := case.broken(of_server(service.port)))}
    assert broken == {}


@pytest.mark.stores_alike
def test_every_problem_stands_in_the_log(service: Service) -> None:
    ask = of_server(service.port)
    long = b"{" + b" " * 70_000 + b"}"
    asked = [
        ("GET", "/api/v1/regions?kind=x", {}, b"", 400), ("GET", "/nothing", {}, b"", 404), ("DELETE", "/api/v1/regions", {}, b"", 405),
        ("GET", "/api/v1/regions", {"Accept": "image/png"}, b"", 406), ("GET", "/healthz", {"Host": "evil.example"}, b"", 200),
        ("GET", "/", {"Host": "evil.example"}, b"", 400), ("GET", f"/?{'a' * 9000}", {}, b"", 414),
        ("POST", "/pxweb/v2/tables/TRADE/data", {"Content-Type": "application/json"}, long, 413),
        ("GET", "/api/v1/regions", {"X-Forwarded-Prefix": "//evil.example"}, b"", 400),
        ("GET", "/api/v1/regions", {"X-Forwarded-Prefix": "/a/../b"}, b"", 400),
    ]  # fmt: skip
    for method, path, headers, body, status in asked:
        answer = ask(method, path, headers, body)
        assert answer.status == status, (path, answer)
        assert answer.headers["access-control-allow-origin"] == "*"
        if status >= 400:
            number = answer.headers["x-request-id"]
            assert answer.json["instance"] == f"urn:uuid:{number}"
            assert answer.json.get("errors") != []
            assert number in service.log.read_text(), f"{status} of {path} is not in the log"


# Below a path -------------------------------------------------------------------------------------------------------

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
NO_NGINX = "THE SERVICE WAS NOT ASKED BEHIND A PROXY: there is no nginx (apt-get install nginx-light)."
CONFIGURATION = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1;
events {{ worker_connections 100; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Host open.example;
    proxy_set_header X-Forwarded-Proto https;
    proxy_set_header X-Forwarded-Prefix $mounted;
    location /open/data/ {{ set $mounted /open/data; proxy_pass http://127.0.0.1:{stripped}/; }}
    location /whole/ {{ set $mounted ""; proxy_pass http://127.0.0.1:{whole}; }}
  }}
}}
"""
HERE = "https://open.example"


@pytest.fixture(scope="module")
def proxy(filled: str, service: Service, tmp_path_factory: Any) -> Iterator[int]:
    """The port of an nginx: below /open/data the service, of which it takes that away; below /whole one that knows where it is."""
    if not Path(NGINX).exists():
        pytest.skip(NO_NGINX)
    folder, other = tmp_path_factory.mktemp("nginx"), tmp_path_factory.mktemp("mounted")
    with serving(filled, other, **BEHIND, SCRIPT_NAME="/whole") as mounted, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        configuration = folder / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(folder=folder, port=port, stripped=service.port, whole=mounted.port)
        )
        process = subprocess.Popen([NGINX, "-e", f"{folder}/nginx.log", "-c", str(configuration)])
        try:
            wait_for(lambda: of_server(port)("GET", "/open/data/healthz", {}, b"").status == 200, process)
            yield port
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(20)


# Addresses that answers hold: in JSON, XML and HTML, in headers, and what is beside them.
ADDRESS = re.compile(
    r'(?:https?://[^/"\'<>\s]+|(?<=["\'(<]))/?[^"\'<>()\s,;]*(?:/api/v1|/sdmx/|/pxweb/|/static/|/admin/)[^"\'<>()\s,;]*'
)
PAGES = [
    "/api/v1", "/api/v1/regions?page_size=1", "/api/v1/regions.csv-metadata.json", "/api/v1/observations?year=1901",
    "/api/v1/observations?region=430281&page_size=1", "/api/v1/observations/1", "/api/v1/releases", "/api/v1/releases.atom",
    "/api/v1/citations?page_size=5", "/api/v1/search?q=%E9%86%B4%E9%99%B5", "/api/v1/resolve?q=%E9%86%B4%E9%99%B5", "/api/v1/citations.csv",
    "/api/v1/catalog.jsonld", "/api/v1/datapackage.json",
    "/api/v1/datasets/OBS.jsonld", "/api/v1/cite?region=430281", "/.well-known/api-catalog",
    "/api/v1/docs", "/pxweb/v2/tables?pageSize=1", "/sdmx/2.1/dataflow?detail=allstubs", "/admin/login/",
]  # fmt: skip


@pytest.mark.stores_alike
@pytest.mark.parametrize(("place", "pages", "followed"), [("/open/data", PAGES, 60), ("/whole", PAGES[::4], 20)])
def test_every_address_is_right_below_a_path(place: str, pages: list[str], followed: int, proxy: int) -> None:
    """Of the second service, which only learns otherwise where it is, a part of them, of each kind one."""
    ask = of_server(proxy, place)
    seen: set[str] = set()
    for page in pages:
        answer = ask("GET", page, {"Accept-Encoding": "identity"}, b"")
        assert answer.status == 200, (page, answer)
        found = ADDRESS.findall(answer.content.decode()) + ADDRESS.findall(answer.headers.get("link", ""))
        wrong = [address for address in found if not address.removeprefix(HERE).startswith(f"{place}/")]
        assert wrong == [], page
        if "/admin/" not in page and "/docs" not in page:
            assert [address for address in found if not address.startswith(HERE)] == [], page
        seen |= set(found)
    assert len(seen) > 100
    for address in sorted(seen)[:: len(seen) // followed]:
        asked = address.removeprefix(HERE).removeprefix(place).replace("&amp;", "&").partition("#")[0]
        if "{" not in asked:
            answer = ask("GET", asked, {}, b"")
            needs_more = answer.status == 400 and {error["code"] for error in answer.json["errors"]} == {"required"}
            assert answer.status in (200, 302) or needs_more, address


@pytest.mark.stores_alike
@pytest.mark.parametrize("place", ["/open/data", "/whole"])
def test_every_way_on_is_right_below_a_path(place: str, proxy: int) -> None:
    ask = of_server(proxy, place)
    for path, leads in {
        "/": "/api/v1/docs", "/api/v1/regions/": "/api/v1/regions", "/api/v1/releases/latest": "/api/v1/releases/2026-R1",
        "/api/v1/regions/a%3Fb/": "/api/v1/regions/a%3Fb",
    }.items():  # fmt: skip
        assert ask("GET", path, {}, b"").headers["location"] == f"{HERE}{place}{leads}"
    assert ask("GET", "/admin/", {}, b"").headers["location"] == f"{place}/admin/login/?next={place}/admin/"
    described = ask("GET", "/api/v1/openapi.json", {}, b"").json
    assert described["servers"][0]["url"] == f"{HERE}{place}"
    page = ask("GET", "/api/v1/docs", {}, b"").content.decode()
    for written in re.findall(r'(?:src|href)="(?!https?:)([^"]+)"', page):
        source = urljoin(f"{place}/api/v1/docs", written)
        assert source.startswith(f"{place}/"), source
        assert ask("GET", source.removeprefix(place).replace("&amp;", "&"), {}, b"").status == 200, source
    assert f"{place}/api/v1/openapi.json" in ask("GET", "/api/v1/docs?script=", {}, b"").content.decode()
    login = ask("GET", "/admin/login/", {}, b"").content.decode()
    assert f'action="{place}/admin/login/' in login or f'"{place}/static/' in login
