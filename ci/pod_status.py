"""What a runner's pod says about its failure. Source: Kubernetes API reference, PodStatus and ContainerStatus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ci.errors import Problem

PULL = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError")
NOT_STARTED = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError", "CrashLoopBackOff")


@dataclass(frozen=True)
class Diagnosis:
    problem: Problem
    final: bool
    """Whether a second attempt would end the same way."""
    pulling: bool = False
    """The image could not be pulled so far: a registry may come back."""


def diagnose(pod: dict[str, Any] | None, memory_key: str) -> Diagnosis | None:
    """
    Why a runner ended or does not start; None while nothing is wrong.

    :param memory_key: where in platform.yaml the runner's memory is set
    """
    if pod is None:
        return Diagnosis(
            Problem(
                "The runner's pod is gone.",
                "no such pod",
                "a pod that lives as long as its build",
                "nothing, if it was deleted or its node drained: the build runs once more",
            ),
            final=False,
        )
    status = pod.get("status", {})
    for container in status.get("containerStatuses", []):
        found = _of_container(container, pod, memory_key) or _of_exit(container, status)
        if found is not None:
            return found
    return _of_pod(pod, status)


def _of_container(container: dict[str, Any], pod: dict[str, Any], memory_key: str) -> Diagnosis | None:
    state = container.get("state", {})
    waiting = state.get("waiting", {})
    reason = waiting.get("reason", "")
    message = waiting.get("message", "")
    if reason in PULL:
        return Diagnosis(
            Problem(
                "The runner's image cannot be pulled.",
                f"{reason} {container.get('image', '')}: {message}".strip(": "),
                "an image that the node has or can pull",
                "`mlops up` loads or publishes it; check the registry",
            ),
            final=True,
            pulling=True,
        )
    if reason in NOT_STARTED:
        problem = Problem(
            "The runner's container does not start.",
            f"{reason}: {message}",
            "a running container",
            "apply stack ci again with `mlops up`",
        )
        return Diagnosis(problem, final=True)
    if state.get("terminated", {}).get("reason") == "OOMKilled":
        limit = pod["spec"]["containers"][0].get("resources", {}).get("limits", {}).get("memory", "no limit")
        problem = Problem(
            "The runner ran out of memory.",
            f"OOMKilled at its limit of {limit}",
            "a build that needs less",
            f"raise {memory_key} in platform.yaml and run `mlops up`",
        )
        return Diagnosis(problem, final=True)
    return None


def _of_exit(container: dict[str, Any], status: dict[str, Any]) -> Diagnosis | None:
    terminated = container.get("state", {}).get("terminated")
    if terminated is None or status.get("reason") in ("DeadlineExceeded", "Evicted"):
        return None
    problem = Problem(
        "The runner ended before its build.",
        f"exit code {terminated.get('exitCode')} ({terminated.get('reason', 'no reason')})",
        "a runner that ends after its build",
        "nothing, if somebody killed it: the build runs once more",
    )
    return Diagnosis(problem, final=False)


def _of_pod(pod: dict[str, Any], status: dict[str, Any]) -> Diagnosis | None:
    reason = status.get("reason", "")
    if reason == "DeadlineExceeded":
        seconds = pod["spec"].get("activeDeadlineSeconds")
        problem = Problem(
            "The build took too long.",
            f"more than {seconds} s",
            "a build within ci.deadlineSeconds",
            "raise ci.deadlineSeconds in platform.yaml, or make the build shorter",
        )
        return Diagnosis(problem, final=True)
    if status.get("phase") == "Failed":
        problem = Problem(
            "The node ended the runner.",
            f"{reason or 'Failed'}: {status.get('message', '')}".strip(": "),
            "a runner that ends after its build",
            "free resources of the node; the build runs once more",
        )
        return Diagnosis(problem, final=False)
    return None


def pending(pod: dict[str, Any] | None) -> str:
    """What a pod waits for, for the message of a runner that never connected."""
    if pod is None:
        return "no pod"
    status = pod.get("status", {})
    unmet = [each for each in status.get("conditions", []) if each.get("status") == "False" and each.get("message")]
    return unmet[0]["message"] if unmet else f"phase {status.get('phase', 'unknown')}"
