"""Every trigger on a real master with a real runner: what starts builds, and what does not."""

import os
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from __tests__.ci.support.master import PASSWORD, Ci, eventually, firing, message

SUCCESS, FAILURE = 0, 2
ACCEPTED = 200


@pytest.fixture(scope="module")
def ci(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ci]:
    platform = Ci(tmp_path_factory.mktemp("ci"))
    if os.getuid() == 0:
        # As on a node: the repository belongs to somebody else, and git distrusts it.
        for path in [platform.repository.folder, *platform.repository.folder.rglob("*")]:
            os.lchown(path, 12345, 12345)
    try:
        yield platform.start().start_runners()
    finally:
        platform.close()


@pytest.fixture(autouse=True)
def idle(ci: Ci) -> None:
    """Nothing is left of the test before: alerts start no second training of a model."""

    def all_complete() -> bool:
        return all(each["complete"] for each in ci.get("buildrequests")["buildrequests"])

    eventually(all_complete, 60, "the end of all builds")


@pytest.fixture
def hold(ci: Ci) -> Iterator[Path]:
    """Trainings do not end while it exists."""
    file = ci.repository.control / "hold"
    file.touch()
    yield file
    file.unlink(missing_ok=True)


def words(ci: Ci, builder: str, number: int = -1) -> list[str]:
    """What the steps of a build printed that is ours."""
    text = ci.raw_log(ci.builds(builder)[number])
    return [line[1:] for line in text.splitlines() if line.startswith(("omlops ", "omake "))]


def test_a_button_trains_with_what_was_typed(ci: Ci) -> None:
    before = len(ci.builds("train"))
    code, _ = ci.force("force-train", model="fraud", as_of="2026-03-01", set="seed=7 trees=50")
    assert code == 200
    [build] = ci.finished("train", before + 1)[-1:]
    assert build["results"] == SUCCESS
    assert words(ci, "train") == ["mlops train fraud --local --json --as-of 2026-03-01 --set seed=7 trees=50"]


@pytest.mark.parametrize(
    ("button", "typed", "expected"),
    [
        ("deploy", {"model": "fraud", "version": "3"}, "mlops deploy fraud@3"),
        ("rollback", {"model": "fraud"}, "mlops rollback fraud"),
        ("rollback", {"model": "fraud", "version": "2"}, "mlops rollback fraud --to 2"),
        ("reconcile", {}, "mlops reconcile"),
    ],
)
def test_a_button_runs_the_command_of_its_name(ci: Ci, button: str, typed: dict[str, str], expected: str) -> None:
    before = len(ci.builds(button))
    assert ci.force(f"force-{button}", **typed)[0] == 200
    ci.finished(button, before + 1)
    assert words(ci, button) == [expected]


@pytest.mark.parametrize(
    ("button", "typed", "field"),
    [
        ("train", {"model": "nope"}, "model"),
        ("train", {"model": "fraud", "as_of": "2026-02-30"}, "as_of"),
        ("train", {"model": "fraud", "set": "seed=1; rm -rf /"}, "set"),
        ("deploy", {"model": "fraud"}, "version"),
        ("deploy", {"model": "fraud", "version": "latest"}, "version"),
        ("rollback", {"model": "fraud", "version": "-1"}, "version"),
        ("test", {"revision": "$(reboot)"}, "revision"),
    ],
)
def test_a_button_refuses_what_is_no_such_value(ci: Ci, button: str, typed: dict[str, str], field: str) -> None:
    before = len(ci.builds(button))
    code, answer = ci.force(f"force-{button}", **typed)
    assert code == 400
    assert field in str(answer["error"]["message"])
    assert len(ci.builds(button)) == before


def test_nobody_presses_a_button_without_the_password(ci: Ci) -> None:
    before = len(ci.builds("train"))
    assert ci.force("force-train", password=None, model="fraud")[0] == 403
    assert ci.force("force-train", password=f"{PASSWORD}x", model="fraud")[0] == 401
    assert len(ci.builds("train")) == before


def test_the_build_signs_the_history_and_names_itself(ci: Ci) -> None:
    before = len(ci.builds("reconcile"))
    ci.force("force-reconcile")
    build = ci.finished("reconcile", before + 1)[-1]
    text = ci.raw_log(build)
    assert f"MLOPS_USER=ci reconcile/{build['number']}" in text
    assert f"MLOPS_BUILD_URL={ci.url}/#/builders/reconcile/builds/{build['number']}" in text


def test_a_commit_is_tested_published_and_reconciled(ci: Ci) -> None:
    before = len(ci.builds("reconcile"))
    commit = ci.repository.commit("works better")
    [build] = ci.finished("reconcile", before + 1, 60)[-1:]
    assert build["properties"]["revision"][0] == commit
    assert words(ci, "test") == ["make check", "make test"]
    assert "works better" in ci.raw_log(ci.builds("test")[-1])
    assert words(ci, "image") == ["make publish"]


def test_a_commit_that_fails_its_tests_goes_no_further(ci: Ci) -> None:
    before = {name: len(ci.builds(name)) for name in ["test", "image", "reconcile"]}
    ci.repository.commit("broken")
    [build] = ci.finished("test", before["test"] + 1, 60)[-1:]
    assert build["results"] == FAILURE
    assert words(ci, "test") == ["make check"]
    # A later build proves that the master had time to go on.
    ci.force("force-reconcile")
    ci.finished("reconcile", before["reconcile"] + 1)
    assert len(ci.builds("image")) == before["image"]
    assert len(ci.builds("reconcile")) == before["reconcile"] + 1


def test_an_alert_trains_its_model(ci: Ci) -> None:
    before = len(ci.builds("train"))
    assert ci.webhook(message(firing(fingerprint="a" * 16)))[0] == ACCEPTED
    [build] = ci.finished("train", before + 1)[-1:]
    assert words(ci, "train") == ["mlops train fraud --local --json"]
    assert build["properties"]["reason"][0] == "alert QualityBelowGate"


@pytest.mark.parametrize("password", [None, "", "wrong"])
def test_a_webhook_without_the_password_starts_nothing(ci: Ci, password: str | None) -> None:
    before = len(ci.get("buildrequests")["buildrequests"])
    assert ci.webhook(message(firing(fingerprint="b" * 16)), password)[0] == 401
    assert len(ci.get("buildrequests")["buildrequests"]) == before


def test_the_same_alert_a_hundred_times_trains_once(ci: Ci) -> None:
    before = len(ci.get("buildrequests")["buildrequests"])
    with ThreadPoolExecutor(10) as pool:
        body = message(firing(fingerprint="c" * 16))
        answers = list(pool.map(lambda _: ci.webhook(body)[0], range(100)))
    assert answers == [ACCEPTED] * 100
    assert len(ci.get("buildrequests")["buildrequests"]) == before + 1


def test_alerts_about_a_model_in_training_start_no_second_one(ci: Ci, hold: Path) -> None:
    before = len(ci.get("buildrequests")["buildrequests"])
    features = [firing(fingerprint=f"d{number:015x}") for number in range(15)]
    assert ci.webhook(message(*features))[0] == ACCEPTED
    assert ci.webhook(message(firing(fingerprint="e" * 16)))[0] == ACCEPTED
    assert len(ci.get("buildrequests")["buildrequests"]) == before + 1
    hold.unlink()
    eventually(lambda: all(each["complete"] for each in ci.get("buildrequests")["buildrequests"]))
    # The training that was under way answered it: it is not asked for again.
    assert ci.webhook(message(firing(fingerprint="e" * 16)))[0] == ACCEPTED
    assert len(ci.get("buildrequests")["buildrequests"]) == before + 1


def test_alerts_about_two_models_train_both(ci: Ci) -> None:
    before = len(ci.get("buildrequests")["buildrequests"])
    pair = message(firing(fingerprint="f1" * 8), firing("churn", "f2" * 8))
    assert ci.webhook(pair)[0] == ACCEPTED
    assert len(ci.get("buildrequests")["buildrequests"]) == before + 2


def test_what_is_resolved_starts_nothing(ci: Ci) -> None:
    before = len(ci.get("buildrequests")["buildrequests"])
    assert ci.webhook(message(firing(fingerprint="9" * 16, status="resolved")))[0] == ACCEPTED
    assert len(ci.get("buildrequests")["buildrequests"]) == before


@pytest.mark.parametrize("body", [b"", b"{", b"x" * 2_000_000, message(firing("nope"))])
def test_a_body_that_is_no_message_is_refused_with_the_reason(ci: Ci, body: object) -> None:
    before = len(ci.get("buildrequests")["buildrequests"])
    code, text = ci.webhook(body)
    assert code == 400
    assert "Expected: " in text
    assert len(ci.get("buildrequests")["buildrequests"]) == before


def test_no_other_webhook_is_open(ci: Ci) -> None:
    for path in ["base", "github", ""]:
        assert ci.webhook(message(firing()), path=path)[0] == 400


def test_an_alert_is_known_after_a_restart(ci: Ci) -> None:
    body = message(firing(fingerprint="8" * 16))
    before = len(ci.get("buildrequests")["buildrequests"])
    trained = len(ci.builds("train"))
    assert ci.webhook(body)[0] == ACCEPTED
    ci.finished("train", trained + 1, 60)
    # Runners leave with their master.
    for name in list(ci.processes):
        ci.stop(name)
    ci.start().start_runners()
    assert ci.webhook(body)[0] == ACCEPTED
    assert len(ci.get("buildrequests")["buildrequests"]) == before + 1


class Exporter:
    """The quality exporter's metrics, as they are told."""

    def __init__(self) -> None:
        self.labels = 100
        self.told: list[int] = []
        exporter = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                count = exporter.labels
                text = f'model_quality_labels_total{{model="fraud",source="a",outcome="joined"}} {count}\n'
                self.send_response(200)
                self.end_headers()
                self.wfile.write(text.encode())
                exporter.told.append(count)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/metrics"


def test_new_labels_and_the_clock_train(tmp_path: Path) -> None:
    exporter = Exporter()
    labels = {"url": exporter.url, "threshold": 50, "everySeconds": 1}
    ci = Ci(tmp_path / "ci", labels=labels, nightly="* * * * *", models=["fraud"])
    try:
        ci.start().start_runners()
        eventually(lambda: 100 in exporter.told, 30, "the base")
        exporter.labels = 149
        # The second look proves that the first one was over, and found too few.
        eventually(lambda: exporter.told.count(149) >= 2, 30, "a look at 149 labels")
        [first] = ci.finished("train", 1, 90)
        assert first["properties"]["scheduler"][0] == "nightly-fraud"
        exporter.labels = 150

        def from_labels() -> list[str]:
            found = [each["properties"] for each in ci.builds("train")]
            return [each["reason"][0] for each in found if each.get("scheduler", [""])[0] == "labels"]

        assert eventually(from_labels) == ["50 new labels"]
    finally:
        exporter.server.shutdown()
        ci.close()
        shutil.rmtree(tmp_path, ignore_errors=True)
