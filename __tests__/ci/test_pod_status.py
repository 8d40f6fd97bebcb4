"""Reasons why a runner ended or does not start, from its pod's status."""

from typing import Any

import pytest

from ci.pod_status import diagnose, pending


def pod(state: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    containers = [] if state is None else [{"name": "runner", "image": "registry/platform:1", "state": state}]
    return {
        "spec": {
            "activeDeadlineSeconds": 3600,
            "containers": [{"resources": {"limits": {"memory": "512Mi"}}}],
        },
        "status": {"phase": "Pending", "containerStatuses": containers, **status},
    }


KEY = "sizes.ciRunner.memory"


@pytest.mark.parametrize("state", [{"running": {}}, {"waiting": {"reason": "ContainerCreating"}}, None])
def test_nothing_is_wrong_with_a_pod_that_runs_or_starts(state: dict[str, Any] | None) -> None:
    assert diagnose(pod(state), KEY) is None


@pytest.mark.parametrize("reason", ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"])
def test_names_an_image_that_cannot_be_pulled(reason: str) -> None:
    found = diagnose(pod({"waiting": {"reason": reason, "message": "not found"}}), KEY)
    assert found is not None
    assert (found.final, found.pulling) == (True, True)
    assert found.problem.got == f"{reason} registry/platform:1: not found"


def test_names_the_limit_to_raise_when_memory_ran_out() -> None:
    found = diagnose(pod({"terminated": {"reason": "OOMKilled", "exitCode": 137}}, phase="Failed"), KEY)
    assert found is not None
    assert found.final
    assert str(found.problem) == (
        "The runner ran out of memory. Got: OOMKilled at its limit of 512Mi. Expected: a build that needs less. "
        "Fix: raise sizes.ciRunner.memory in platform.yaml and run `mlops up`"
    )


def test_a_build_beyond_its_deadline_is_not_tried_again() -> None:
    state = {"terminated": {"reason": "Error", "exitCode": 137}}
    found = diagnose(pod(state, phase="Failed", reason="DeadlineExceeded"), KEY)
    assert found is not None
    assert found.final
    assert "3600 s" in found.problem.got


@pytest.mark.parametrize(
    "value",
    [
        None,
        pod({"terminated": {"reason": "Error", "exitCode": 143}}, phase="Failed"),
        pod(None, phase="Failed", reason="Evicted", message="The node was low on resource: memory."),
    ],
)
def test_a_killed_evicted_or_deleted_runner_is_tried_again(value: dict[str, Any] | None) -> None:
    found = diagnose(value, KEY)
    assert found is not None
    assert not found.final


def test_a_container_that_cannot_be_created_is_final() -> None:
    found = diagnose(pod({"waiting": {"reason": "CreateContainerConfigError", "message": "no configmap"}}), KEY)
    assert found is not None
    assert found.final
    assert found.problem.got == "CreateContainerConfigError: no configmap"


def test_says_what_a_pod_waits_for() -> None:
    unschedulable = {"type": "PodScheduled", "status": "False", "message": "0/1 nodes: Insufficient memory"}
    assert pending(pod(conditions=[unschedulable])) == "0/1 nodes: Insufficient memory"
    assert pending(pod()) == "phase Pending"
    assert pending(None) == "no pod"
