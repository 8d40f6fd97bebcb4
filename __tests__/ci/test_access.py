"""Who gets what from a real master: without the password, nothing."""

import base64
import http.client
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from __tests__.ci.support.master import PASSWORD, Ci, basic

FORBIDDEN, UNAUTHORIZED, FOUND, SWITCHED = 403, 401, 302, 101


@pytest.fixture(scope="module")
def ci(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ci]:
    platform = Ci(tmp_path_factory.mktemp("ci"))
    try:
        yield platform.start()
    finally:
        platform.close()


def ask(ci: Ci, path: str, headers: dict[str, str] | None = None) -> tuple[int, http.client.HTTPMessage, str]:
    """Without following where it leads."""
    connection = http.client.HTTPConnection("127.0.0.1", ci.port, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        # A stream would never end.
        body = "" if answer.status == SWITCHED else answer.read(10_000).decode(errors="replace")
        return answer.status, answer.headers, body
    finally:
        connection.close()


READABLE = [
    *["application.spec", "builders", "builders/test/builds", "builds", "buildrequests", "buildsets", "changes"],
    *["forceschedulers", "logs/1/raw", "logs/1/raw_inline", "masters", "schedulers", "sourcestamps", "workers"],
    *["nothing", ""],
]


@pytest.mark.parametrize("path", READABLE)
@pytest.mark.parametrize("version", ["v2", "latest"])
def test_nobody_reads_without_the_password(ci: Ci, version: str, path: str) -> None:
    code, _, body = ask(ci, f"/api/{version}/{path}")
    assert code == FORBIDDEN
    assert "admins" in body


@pytest.mark.parametrize("cookie", ["TWISTED_SESSION=x", "TWISTED_SESSION=eyJhbGciOiJub25lIn0.e30."])
def test_nobody_reads_with_a_session_of_his_own_making(ci: Ci, cookie: str) -> None:
    assert ask(ci, "/api/v2/builders", {"cookie": cookie})[0] == FORBIDDEN


def test_the_password_alone_is_no_session(ci: Ci) -> None:
    assert ask(ci, "/api/v2/builders", basic("admin", PASSWORD))[0] == FORBIDDEN


def test_whoever_logged_in_reads(ci: Ci) -> None:
    assert {each["name"] for each in ci.get("builders")["builders"]} >= {"test", "train"}


def test_events_go_to_whoever_logged_in(ci: Ci) -> None:
    headers = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": base64.b64encode(os.urandom(16)).decode(),
        "origin": ci.url,
    }
    assert ask(ci, "/ws", headers)[0] == FORBIDDEN
    assert ask(ci, "/ws", {**headers, "cookie": ci.cookie()})[0] == SWITCHED


@pytest.mark.parametrize("path", ["listen", "listen/builds/*/*", "add/x/builds", "", "builds/*/*"])
def test_no_other_stream_of_events_is_open(ci: Ci, path: str) -> None:
    assert ask(ci, f"/sse/{path}")[0] == FORBIDDEN


def test_the_start_page_asks_for_the_password(ci: Ci) -> None:
    code, headers, _ = ask(ci, "/")
    assert (code, headers["location"]) == (FOUND, "auth/login")
    code, headers, _ = ask(ci, "/auth/login")
    assert code == UNAUTHORIZED
    assert headers["www-authenticate"].startswith("basic ")
    assert ask(ci, "/", {"cookie": ci.cookie()})[0] == 200


@pytest.mark.parametrize(
    ("user", "password"), [("admin", f"{PASSWORD}x"), ("admin", ""), ("alertmanager", PASSWORD), ("", "")]
)
def test_a_wrong_password_is_refused(ci: Ci, user: str, password: str) -> None:
    assert ask(ci, "/auth/login", basic(user, password))[0] == UNAUTHORIZED


def test_a_login_leads_back_to_the_page_that_was_asked_for(ci: Ci) -> None:
    code, headers, _ = ask(ci, "/auth/login", basic("admin", PASSWORD))
    # Without a fragment: then browsers keep the one they have, such as #/builders/train/builds/7.
    assert (code, urlsplit(headers["location"])) == (FOUND, urlsplit(f"{ci.url}/"))
    code, headers, _ = ask(ci, "/auth/login?redirect=/builders", basic("admin", PASSWORD))
    assert (code, headers["location"]) == (FOUND, f"{ci.url}/#/builders")


def test_kubelet_sees_that_it_is_alive_and_nothing_else(ci: Ci) -> None:
    template = (Path(__file__).parents[2] / "charts/ci-master/templates/deployment.yaml").read_text(encoding="utf-8")
    [path] = {line.split("path: ")[1].split(",")[0] for line in template.splitlines() if "httpGet: " in line}
    code, _, body = ask(ci, path)
    assert code == 200
    assert "fraud" not in body
    assert "train" not in body
