"""The pod of a build."""

import re
from pathlib import Path
from typing import Any

import pytest

from ci.builders import BUILDERS
from ci.pod_spec import pod_spec
from ci.settings import Pods, Size

SIZE = Size(cpu="100m", cpuLimit="2", memory="512Mi")
PODS = Pods(
    image="registry/platform@sha256:0",
    namespace="mlops-ci",
    master="ci.mlops-ci.svc",
    size=SIZE,
    testSize=Size(cpu="500m", cpuLimit="2", memory="3Gi"),
    priorityClass="mlops-ci",
    deadlineSeconds=3600,
    accounts={name: f"ci-{name}" for name in BUILDERS if name != "test"},
    environment={"MLOPS_IN_CLUSTER": "1", "IMAGES_SOURCE": "packages", "MLOPS_COMMIT": "0a1b2c3"},
    configMap="ci-platform",
    logins={"image": "oci-registry-login"},
    repositoryClaim="repository",
)


def spec(builder: str, pods: Pods = PODS) -> dict[str, Any]:
    made = pod_spec(
        name="ci-runner-1", builder=builder, build="7", image=pods.image, environment={"WORKERPASS": "x"}, pods=pods
    )
    return dict(made["spec"])


@pytest.mark.parametrize("builder", BUILDERS)
def test_pod_security_restricted_admits_it(builder: str) -> None:
    made = spec(builder)
    security = made["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] > 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in made["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    assert not any("hostPath" in volume for volume in made["volumes"])


@pytest.mark.parametrize("builder", BUILDERS)
def test_it_is_bounded_in_time_memory_and_attempts(builder: str) -> None:
    made = spec(builder)
    assert made["restartPolicy"] == "Never"
    assert made["activeDeadlineSeconds"] == 3600
    assert made["priorityClassName"] == "mlops-ci"
    resources = made["containers"][0]["resources"]
    assert resources["limits"]["memory"] == resources["requests"]["memory"]


def test_a_test_has_no_account_no_token_and_no_configuration() -> None:
    made = spec("test")
    assert made["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in made
    names = [each["name"] for each in made["volumes"]]
    assert names == ["work", "tmp", "state", "assembly", "repository"]
    # It asks no registry where tools come from: it reaches none.
    assert {each["name"] for each in made["containers"][0]["env"]} == {"WORKERPASS", "HOME", "CI", "IMAGES_SOURCE"}


@pytest.mark.parametrize("builder", ["image", "train", "deploy", "rollback", "reconcile"])
def test_another_build_has_the_account_of_its_builder(builder: str) -> None:
    made = spec(builder)
    assert made["serviceAccountName"] == f"ci-{builder}"
    assert made["automountServiceAccountToken"] is True
    assert {"name": "MLOPS_IN_CLUSTER", "value": "1"} in made["containers"][0]["env"]


def test_tests_have_their_own_size() -> None:
    assert spec("test")["containers"][0]["resources"]["limits"]["memory"] == "3Gi"
    assert spec("train")["containers"][0]["resources"]["limits"]["memory"] == "512Mi"


def test_the_repository_is_where_the_checkout_looks_for_it() -> None:
    [folder] = re.findall(r"repositoryFolder: '([^']+)'", Path("contracts/ci.ts").read_text(encoding="utf-8"))
    mounts = {each["name"]: each["mountPath"] for each in spec("test")["containers"][0]["volumeMounts"]}
    assert mounts["repository"] == folder


def test_only_builders_that_check_out_see_the_repository() -> None:
    seeing = [name for name in BUILDERS if "repository" in [each["name"] for each in spec(name)["volumes"]]]
    assert seeing == ["test", "image", "reconcile"]


def test_a_build_has_the_login_of_its_builder_where_crane_looks_for_it() -> None:
    made = spec("image")
    container = made["containers"][0]
    [folder] = re.findall(r"OCI_LOGIN_FOLDER = '([^']+)'", Path("contracts/oci.ts").read_text(encoding="utf-8"))
    assert {"name": "DOCKER_CONFIG", "value": folder} in container["env"]
    assert {"name": "oci-registry-login", "mountPath": folder, "readOnly": True} in container["volumeMounts"]
    [secret] = [each["secret"] for each in made["volumes"] if each["name"] == "oci-registry-login"]
    assert secret["secretName"] == "oci-registry-login"
    assert [each["path"] for each in secret["items"]] == ["config.json", "ca.crt"]


@pytest.mark.parametrize("builder", [name for name in BUILDERS if name != "image"])
def test_another_build_has_no_login(builder: str) -> None:
    made = spec(builder)
    assert not any("secret" in volume for volume in made["volumes"])
    assert "DOCKER_CONFIG" not in [each["name"] for each in made["containers"][0]["env"]]


def test_a_build_of_a_commit_is_not_told_that_it_runs_the_installed_one() -> None:
    told = [
        name for name in BUILDERS if "MLOPS_COMMIT" in {each["name"] for each in spec(name)["containers"][0]["env"]}
    ]
    assert told == ["train", "deploy", "rollback"]
