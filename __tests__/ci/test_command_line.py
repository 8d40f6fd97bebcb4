"""The command line's client against a real master."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from __tests__.ci.support.master import PASSWORD, ROOT, Ci, eventually

CLIENT = ["node", "--import", "tsx", "__tests__/ci/support/client.ts"]


@pytest.fixture(scope="module")
def ci(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ci]:
    platform = Ci(tmp_path_factory.mktemp("ci"))
    try:
        yield platform.start().start_runners()
    finally:
        platform.close()


def ask(ci: Ci, action: str, password: str = PASSWORD, **given: str) -> dict[str, Any]:
    command = [*CLIENT, ci.url, password, action, json.dumps(given)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_follows_a_training_to_its_end(ci: Ci) -> None:
    answer = ask(ci, "train", model="fraud", set="seed=7", reason="asked for by ann@laptop")
    assert answer["result"][0] == "mlops train fraud --local --json --set seed=7"
    assert answer["lines"][0] == "waiting for a runner"
    assert ci.builds("train")[-1]["properties"]["reason"][0] == "asked for by ann@laptop"


def test_lists_builds_with_what_they_are_about(ci: Ci) -> None:
    [newest, *_] = ask(ci, "builds")["builds"]
    assert (newest["builder"], newest["model"], newest["outcome"]) == ("train", "fraud", "success")
    assert newest["trigger"] == "force-train"


def test_says_why_a_build_failed(ci: Ci) -> None:
    fail = ci.repository.control / "fail"
    fail.touch()
    answer = ask(ci, "train", model="fraud")
    fail.unlink()
    problem = answer["problem"]
    assert problem["what"].endswith("ended with failure.")
    assert "it failed" in problem["got"]
    assert problem["fix"].startswith("Read `mlops builds log ")


def test_says_what_the_ci_refuses(ci: Ci) -> None:
    answer = ask(ci, "train", model="nope")
    assert answer["exitCode"] == 2
    assert "does not belong to list of available choices" in answer["problem"]["got"]


def test_a_wrong_password_starts_nothing(ci: Ci) -> None:
    before = len(ci.get("buildrequests")["buildrequests"])
    answer = ask(ci, "train", "wrong", model="fraud")
    assert answer["problem"]["got"] == f"HTTP 401 from {ci.url}"
    assert answer["problem"]["expected"] == "the password in Secret mlops-ci/ci-credentials"
    assert len(ci.get("buildrequests")["buildrequests"]) == before


def test_an_interrupt_ends_the_build(ci: Ci) -> None:
    hold = ci.repository.control / "hold"
    hold.touch()
    answer = ask(ci, "interrupt", model="fraud")
    assert answer["exitCode"] == 130
    eventually(lambda: all(each["complete"] for each in ci.get("buildrequests")["buildrequests"]), 60)
    assert ci.builds("train")[-1]["results"] == 6
    hold.unlink()
