"""Runners as pods: a real master and real workers, through a stand-in for the Kubernetes API."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from __tests__.ci.support.cluster import Cluster, environment_of
from __tests__.ci.support.master import Ci, eventually

SUCCESS, EXCEPTION, RETRY = 0, 4, 5
FINAL_SECONDS = 60
"""Within which a lost runner must end in a final state."""


class Pods:
    """A master whose runners are pods, and what is done to them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.cluster = Cluster(folder)
        size = {"cpu": "100m", "cpuLimit": "2", "memory": "512Mi"}
        builders = ["image", "train", "deploy", "rollback", "reconcile"]
        pods = {
            "image": "registry/platform:1",
            "namespace": "mlops-ci",
            "master": "127.0.0.1",
            "size": size,
            "testSize": size,
            "priorityClass": "mlops-ci",
            "deadlineSeconds": 3600,
            "accounts": {name: f"ci-{name}" for name in builders},
            "api": self.cluster.url,
            "accountFolder": str(self.cluster.account),
            "checkSeconds": 1,
            "pullSeconds": 3,
            "missingSeconds": 10,
        }
        self.ci = Ci(folder / "ci", pods=pods)
        self.cluster.on_create = self.run
        self.cluster.on_delete = self.end

    def run(self, pod: dict[str, Any]) -> None:
        """What kubelet does."""
        environment = environment_of(pod)
        port = int(environment["BUILDMASTER_PORT"])
        self.ci.spawn_runner(environment["WORKERNAME"], environment["WORKERPASS"], port)

    def end(self, pod: dict[str, Any]) -> None:
        name = environment_of(pod)["WORKERNAME"]
        if name in self.ci.processes:
            self.ci.stop(name, signal.SIGKILL)

    def running(self, builder: str) -> dict[str, Any]:
        """A build whose command has started; returns its pod."""

        def found() -> dict[str, Any] | None:
            steps = [
                step
                for build in self.ci.builds(builder)
                if not build["complete"]
                for step in self.ci.get(f"builds/{build['buildid']}/steps")["steps"]
                if step["name"] == builder and step["started_at"] is not None
            ]
            live = [
                pod for pod in self.cluster.pods.values() if pod["metadata"]["labels"]["mlops.dev/builder"] == builder
            ]
            return live[0] if steps and live else None

        return eventually(found, 60, f"a running build of {builder}")

    def lose(self, pod: dict[str, Any], reason: str | None) -> None:
        """The pod's processes die, for a reason or with the pod."""
        name = pod["metadata"]["name"]
        if reason is None:
            self.cluster.pods.pop(name)
        else:
            self.cluster.terminate(name, reason)
        self.end(pod)

    def outcomes(self, builder: str) -> list[int]:
        return [each["results"] for each in self.ci.builds(builder)]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pods]:
    pods = Pods(tmp_path_factory.mktemp("pods") / "cluster")
    try:
        pods.ci.start()
        # The commit that is there at the start.
        yield pods
    finally:
        pods.ci.close()
        pods.cluster.close()


@pytest.fixture
def pods(started: Pods) -> Iterator[Pods]:
    """Quiet before and after."""
    yield started
    (started.ci.repository.control / "hold").unlink(missing_ok=True)
    started.cluster.on_create = started.run
    started.cluster.refuse = None
    eventually(lambda: all(each["complete"] for each in started.ci.get("buildrequests")["buildrequests"]), 60)
    eventually(lambda: not started.cluster.pods, 30, "the end of all pods")


def hold(pods: Pods) -> Path:
    file = pods.ci.repository.control / "hold"
    file.touch()
    return file


def last(pods: Pods, builder: str, count: int) -> list[dict[str, Any]]:
    return pods.ci.finished(builder, count, FINAL_SECONDS)[-count:]


def test_a_build_has_a_pod_of_its_own_and_takes_it_along(pods: Pods) -> None:
    before = len(pods.cluster.created)
    pods.ci.force("force-train", model="fraud")
    [build] = last(pods, "train", 1)
    assert build["results"] == SUCCESS
    assert len(pods.cluster.created) == before + 1
    eventually(lambda: not pods.cluster.pods, 30, "the end of the pod")
    assert pods.cluster.created[-1]["spec"]["serviceAccountName"] == "ci-train"
    deletions = [path for method, path, _ in pods.cluster.requests if method == "DELETE"]
    assert all(path.endswith("?gracePeriodSeconds=5") for path in deletions)


def test_a_rollback_does_not_wait_for_a_training(pods: Pods) -> None:
    file = hold(pods)
    pods.ci.force("force-train", model="fraud")
    pods.running("train")
    pods.ci.force("force-rollback", model="fraud")
    pods.running("rollback")
    file.unlink()
    assert last(pods, "rollback", 1)[0]["results"] == SUCCESS


def test_every_pod_has_another_password(pods: Pods) -> None:
    before = len(pods.cluster.created)
    for number in [1, 2]:
        pods.ci.force("force-reconcile")
        eventually(lambda number=number: len(pods.cluster.created) >= before + number)  # type: ignore[misc]
        eventually(lambda: not pods.cluster.pods, 60)
    first, second = [environment_of(pod)["WORKERPASS"] for pod in pods.cluster.created[-2:]]
    assert first != second


def test_the_build_does_not_see_the_runners_password(pods: Pods) -> None:
    before, builds = len(pods.cluster.created), len(pods.ci.builds("reconcile"))
    pods.ci.force("force-reconcile")
    [build] = last(pods, "reconcile", builds + 1)[-1:]
    [pod] = pods.cluster.created[before:]
    text = pods.ci.raw_log(build)
    assert "mlops reconcile" in text
    assert environment_of(pod)["WORKERPASS"] not in text


def test_the_token_is_read_for_every_request(pods: Pods) -> None:
    pods.cluster.token("renewed")
    before, builds = len(pods.cluster.requests), len(pods.ci.builds("reconcile"))
    pods.ci.force("force-reconcile")
    last(pods, "reconcile", builds + 1)
    eventually(lambda: not pods.cluster.pods, 60)
    assert {token for _, _, token in pods.cluster.requests[before:]} == {"renewed"}


@pytest.mark.parametrize("reason", ["Error", None])
def test_a_runner_that_is_killed_runs_its_build_once_more(pods: Pods, reason: str | None) -> None:
    before = len(pods.ci.builds("deploy"))
    file = hold(pods)
    pods.ci.force("force-deploy", model="fraud", version="1")
    pods.lose(pods.running("deploy"), reason)
    first = last(pods, "deploy", before + 1)[-1]
    assert first["results"] == RETRY
    assert "attempt 1 of 2; once more" in first["state_string"]
    file.unlink()
    assert [each["results"] for each in last(pods, "deploy", before + 2)][-2:] == [RETRY, SUCCESS]


def test_a_runner_that_is_killed_twice_is_the_end_of_the_build(pods: Pods) -> None:
    before = len(pods.ci.builds("deploy"))
    hold(pods)
    pods.ci.force("force-deploy", model="fraud", version="1")
    for attempt in [1, 2]:
        pods.lose(pods.running("deploy"), "Error")
        last(pods, "deploy", before + attempt)
    assert pods.outcomes("deploy")[before:] == [RETRY, EXCEPTION]
    final = pods.ci.builds("deploy")[-1]
    assert final["state_string"].startswith("The runner ended before its build. Got: exit code 137 (Error).")
    assert final["state_string"].endswith("(attempt 2 of 2)")
    # A request ends after its last build.
    eventually(lambda: all(each["complete"] for each in pods.ci.get("buildrequests")["buildrequests"]))


def test_a_runner_out_of_memory_is_final_and_names_the_limit(pods: Pods) -> None:
    before = len(pods.ci.builds("train"))
    hold(pods)
    pods.ci.force("force-train", model="fraud")
    pods.lose(pods.running("train"), "OOMKilled")
    last(pods, "train", before + 1)
    assert pods.outcomes("train")[before:] == [EXCEPTION]
    text = pods.ci.builds("train")[-1]["state_string"]
    assert "OOMKilled at its limit of 512Mi" in text
    assert "raise sizes.ciRunner.memory in platform.yaml" in text


def test_an_image_that_cannot_be_pulled_is_final_and_named(pods: Pods) -> None:
    before = len(pods.ci.builds("train"))
    pods.cluster.on_create = lambda pod: pods.cluster.wait(pod["metadata"]["name"], "ImagePullBackOff", "no such host")
    pods.ci.force("force-train", model="fraud")
    last(pods, "train", before + 1)
    assert pods.outcomes("train")[before:] == [EXCEPTION]
    assert "ImagePullBackOff registry/platform:1: no such host" in pods.ci.builds("train")[-1]["state_string"]


def test_a_registry_that_comes_back_in_time_costs_nothing(pods: Pods) -> None:
    before = len(pods.ci.builds("train"))
    pods.cluster.on_create = lambda pod: pods.cluster.wait(pod["metadata"]["name"], "ErrImagePull")
    pods.ci.force("force-train", model="fraud")
    pod = eventually(lambda: next(iter(pods.cluster.pods.values()), None))
    pods.cluster.on_create = pods.run
    pod["status"] = {"phase": "Running", "containerStatuses": [{"name": "runner", "state": {"running": {}}}]}
    pods.run(pod)
    last(pods, "train", before + 1)
    assert pods.outcomes("train")[before:] == [SUCCESS]


def test_a_pod_that_the_cluster_refuses_ends_the_build_after_two_attempts(pods: Pods) -> None:
    before = len(pods.ci.builds("train"))
    pods.cluster.refuse = (403, "exceeded quota: quota, requested: pods=1")
    pods.ci.force("force-train", model="fraud")
    last(pods, "train", before + 2)
    assert pods.outcomes("train")[before:] == [RETRY, EXCEPTION]
    assert "exceeded quota" in pods.ci.builds("train")[-1]["state_string"]


def test_a_pod_that_never_connects_ends_the_build(pods: Pods) -> None:
    before = len(pods.ci.builds("train"))

    def unschedulable(pod: dict[str, Any]) -> None:
        condition = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes: Insufficient memory"}
        pod["status"] = {"phase": "Pending", "conditions": [condition]}

    pods.cluster.on_create = unschedulable
    pods.ci.force("force-train", model="fraud")
    last(pods, "train", before + 2)
    assert pods.outcomes("train")[before:] == [RETRY, EXCEPTION]
    assert "0/1 nodes: Insufficient memory" in pods.ci.builds("train")[-1]["state_string"]


@pytest.mark.parametrize("ends", [signal.SIGKILL, signal.SIGTERM])
def test_a_master_that_dies_in_mid_build_runs_it_once_more_and_leaves_no_pod(pods: Pods, ends: int) -> None:
    before = len(pods.ci.builds("deploy"))
    file = hold(pods)
    pods.ci.force("force-deploy", model="fraud", version="1")
    pods.running("deploy")
    pods.ci.stop("master", ends)
    pods.ci.start()
    file.unlink()
    eventually(lambda: pods.outcomes("deploy")[before:] == [RETRY, SUCCESS], FINAL_SECONDS, "the second attempt")
