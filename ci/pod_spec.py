"""The pod of a build."""

from __future__ import annotations

from typing import Any

from ci.builders import BUILDERS
from ci.settings import Pods, Size

GRACE_SECONDS = 5
WORK = "/work"
REPOSITORY = "/repository.git"
"""Where a repository that is not fetched from an address is mounted: in the master as in runners."""
LOGIN = "/var/run/oci-registry"
"""Where a build has the login of the OCI registry, as crane reads it, and the registry's CA."""
SOURCE = "IMAGES_SOURCE"
"""Where the platform's tools come from. Without it a test, which reaches no registry, would have to guess."""
COMMIT = "MLOPS_COMMIT"
PLATFORM = "/platform"
"""Folder of the platform in its image."""
WRITABLE = {"work": WORK, "tmp": "/tmp", "state": f"{PLATFORM}/.mlops", "assembly": "/app"}  # noqa: S108
"""What a build writes; the rest of its root is read-only. Terraform's working files are in `state`; the model server is
put together in `assembly`, at the path where it later runs."""


def pod_spec(
    *, name: str, builder: str, build: str, image: str, environment: dict[str, str], pods: Pods
) -> dict[str, Any]:
    """A pod that Pod Security `restricted` admits."""
    account = pods.accounts.get(builder, "")
    size: Size = pods.testSize if builder == "test" else pods.size
    labels = {
        "app.kubernetes.io/name": "ci-runner",
        "app.kubernetes.io/component": "ci",
        "app.kubernetes.io/part-of": "mlops",
        "app.kubernetes.io/managed-by": "buildbot",
        "mlops.dev/builder": builder,
    }
    variables = {**environment, **_platform(builder, pods.environment), "HOME": WORK, "CI": "1"}
    mounts: list[dict[str, Any]] = [{"name": name, "mountPath": path} for name, path in WRITABLE.items()]
    volumes: list[dict[str, Any]] = [{"name": name, "emptyDir": {}} for name in WRITABLE]
    if account and pods.configMap:
        mounts.append({"name": "platform", "mountPath": "/etc/mlops", "readOnly": True})
        volumes.append({"name": "platform", "configMap": {"name": pods.configMap}})
    if login := pods.logins.get(builder):
        variables["DOCKER_CONFIG"] = LOGIN
        mounts.append({"name": "oci-registry-login", "mountPath": LOGIN, "readOnly": True})
        files = [{"key": ".dockerconfigjson", "path": "config.json"}, {"key": "ca.crt", "path": "ca.crt"}]
        secret = {"secretName": login, "optional": True, "items": files}
        volumes.append({"name": "oci-registry-login", "secret": secret})
    if BUILDERS[builder].checks_out and pods.repositoryClaim:
        mounts.append({"name": "repository", "mountPath": REPOSITORY, "readOnly": True})
        claim = {"claimName": pods.repositoryClaim, "readOnly": True}
        volumes.append({"name": "repository", "persistentVolumeClaim": claim})
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels, "annotations": {"mlops.dev/build": f"{builder}/{build}"}},
        "spec": {
            "restartPolicy": "Never",
            "activeDeadlineSeconds": pods.deadlineSeconds,
            "terminationGracePeriodSeconds": GRACE_SECONDS,
            "priorityClassName": pods.priorityClass,
            "automountServiceAccountToken": account != "",
            "enableServiceLinks": False,
            **({"serviceAccountName": account} if account else {}),
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": pods.uid,
                "runAsGroup": pods.uid,
                "fsGroup": pods.uid,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "runner",
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": [f"{PLATFORM}/.venv/bin/twistd"],
                    "args": ["--nodaemon", "--pidfile=", f"--python={PLATFORM}/ci/worker.tac"],
                    "workingDir": WORK,
                    "env": [{"name": key, "value": value} for key, value in variables.items()],
                    "resources": {
                        "requests": {"cpu": size.cpu, "memory": size.memory},
                        "limits": {"cpu": size.cpuLimit, "memory": size.memory},
                    },
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "volumeMounts": mounts,
                }
            ],
            "volumes": volumes,
        },
    }


def _platform(builder: str, environment: dict[str, str]) -> dict[str, str]:
    """What a builder may know of the platform that is installed."""
    if builder == "test":
        return {SOURCE: environment[SOURCE]} if SOURCE in environment else {}
    # Whoever works on another commit asks git.
    hidden = {COMMIT} if BUILDERS[builder].checks_out else set()
    return {key: value for key, value in environment.items() if key not in hidden}
