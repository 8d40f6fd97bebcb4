"""The REST API under many short connections, as probes and scripts make them."""

import http.client
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from __tests__.ci.support.master import Ci

REQUESTS = 500


def test_no_answer_is_cut_off_and_the_reactor_keeps_its_books(tmp_path: Path) -> None:
    ci = Ci(tmp_path / "ci")
    try:
        cookie = ci.start().cookie()

        def ask(_: int) -> tuple[int, int]:
            connection = http.client.HTTPConnection("127.0.0.1", ci.port, timeout=30)
            headers = {"connection": "close", "cookie": cookie}
            connection.request("GET", "/api/v2/application.spec", headers=headers)
            answer = connection.getresponse()
            return answer.status, len(answer.read())

        with ThreadPoolExecutor(8) as pool:
            answers = set(pool.map(ask, range(REQUESTS)))
        assert [status for status, _ in answers] == [200]
        # A connection's end may come after its answer, a master's end after all of them.
        ci.stop("master")
        assert "Unhandled Error" not in ci.log("master")
    finally:
        ci.close()
