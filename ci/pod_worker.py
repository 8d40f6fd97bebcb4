"""Runners: a pod per build. What Buildbot's Kubernetes worker leaves out is added here."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from buildbot.interfaces import LatentWorkerFailedToSubstantiate
from buildbot.util import kubeclientservice
from buildbot.worker import kubernetes
from twisted.internet import defer
from twisted.python import log
from twisted.python.failure import Failure

from ci.builders import BUILDERS
from ci.pod_status import Diagnosis, diagnose, pending
from ci.settings import Pods, Size

GRACE_SECONDS = 5
STATUS_PATIENCE_SECONDS = 10
"""How long kubelet may take to report why a container ended."""
WORK = "/work"
REPOSITORY = "/repository.git"
"""Where a repository that is not fetched from an address is mounted: in the master as in runners."""
PLATFORM = "/platform"
"""Folder of the platform in its image."""
LOGIN = "/var/run/oci-registry"
"""Where a build has the login of the OCI registry, as crane reads it, and the registry's CA."""
WRITABLE = {"work": WORK, "tmp": "/tmp", "state": f"{PLATFORM}/.mlops", "assembly": "/app"}  # noqa: S108
"""What a build writes; the rest of its root is read-only. Terraform's working files are in `state`; the model server is
put together in `assembly`, at the path where it later runs."""


class ClusterAccess(kubeclientservice.KubeConfigLoaderBase):
    """The API of the cluster that this process runs in. The token is read for every request: kubelet renews it."""

    def reconfigService(self, pods: Pods) -> None:
        self.pods = pods

    checkConfig = reconfigService

    def getConfig(self) -> dict[str, Any]:
        config = {"master_url": self.get_master_url(), "namespace": self.pods.namespace}
        authority = Path(self.pods.accountFolder, "ca.crt")
        return {**config, "verify": str(authority)} if authority.exists() else config

    def get_master_url(self) -> str:
        return self.pods.api or "https://kubernetes.default.svc"

    def getAuthorization(self) -> str:
        return f"Bearer {Path(self.pods.accountFolder, 'token').read_text(encoding='ascii').strip()}"


class PodWorker(kubernetes.KubeLatentWorker):
    """A runner whose pod starts with a build and goes with it."""

    # Seconds that a failed runner rests: a second attempt must not wait for an hour.
    quarantine_timeout = quarantine_initial_timeout = 2
    quarantine_max_timeout = 10

    pods: Pods
    diagnosis: Diagnosis | None = None
    _waited = 0.0

    def checkConfig(self, name: str, pods: Pods, **kwargs: Any) -> None:
        super().checkConfig(name, image=pods.image, namespace=pods.namespace, masterFQDN=pods.master)

    @defer.inlineCallbacks
    def reconfigService(self, name: str, pods: Pods, **kwargs: Any) -> Any:
        self.pods = pods
        yield super().reconfigService(
            name,
            image=pods.image,
            namespace=pods.namespace,
            masterFQDN=pods.master,
            kube_config=ClusterAccess(name=f"access-{name}", pods=pods),
            build_wait_timeout=0,
            missing_timeout=pods.missingSeconds,
            check_instance_interval=pods.checkSeconds,
        )

    @defer.inlineCallbacks
    def startService(self) -> Any:
        yield super().startService()
        # A master that died left its pod behind; it would knock at this one in vain.
        self._deferwaiter.add(self._remove_leftover())

    @defer.inlineCallbacks
    def _remove_leftover(self) -> Any:
        try:
            yield self._delete_pod(self._namespace, self.getContainerName())
        except kubernetes.KubeJsonError as error:
            if error.reason != "NotFound":
                log.err(error, f"removing what is left of {self.name}")
        except Exception as error:
            log.err(error, f"removing what is left of {self.name}")

    def getContainerName(self) -> str:
        return f"ci-{self.workername}"

    def _generate_random_password(self) -> str:
        return secrets.token_urlsafe(24)

    @defer.inlineCallbacks
    def start_instance(self, build: Any) -> Any:
        self.diagnosis = None
        self._waited = 0.0
        # What a build could learn of its runner is worth nothing after it.
        self.password = self._generate_random_password()
        yield self.registration.update(self, self.master.config)
        return (yield super().start_instance(build))

    @defer.inlineCallbacks
    def getPodSpec(self, build: Any) -> Any:
        environment = self.createEnvironment(build)
        image = yield build.render(self.image)
        return pod_spec(
            name=self.getContainerName(),
            builder=build.getProperty("buildername"),
            build=str(build.getProperty("buildnumber")),
            image=image,
            environment=environment,
            pods=self.pods,
        )

    @defer.inlineCallbacks
    def check_instance(self) -> Any:
        self._waited += self.pods.checkSeconds
        diagnosis = yield self.examine()
        if diagnosis is None or (diagnosis.pulling and self._waited < self.pods.pullSeconds):
            return (True, "")
        self.diagnosis = diagnosis
        return (False, str(diagnosis.problem))

    def memory_key(self, pod: dict[str, Any] | None) -> str:
        builder = (pod or {}).get("metadata", {}).get("labels", {}).get("mlops.dev/builder", "")
        return "sizes.ciTest.memory" if builder == "test" else "sizes.ciRunner.memory"

    @defer.inlineCallbacks
    def examine(self) -> Any:
        """Why the pod ended or does not start; None while nothing is wrong."""
        pod = yield self.read_pod()
        return diagnose(pod, self.memory_key(pod))

    @defer.inlineCallbacks
    def explain_loss(self) -> Any:
        """Why a runner that was connected is not any more; None if its pod seems well."""
        for _ in range(STATUS_PATIENCE_SECONDS):
            diagnosis = yield self.examine()
            if diagnosis is not None:
                return diagnosis
            yield kubernetes.asyncSleep(1, reactor=self.master.reactor)
        return None

    @defer.inlineCallbacks
    def _missing_timer_fired(self) -> Any:
        self.missing_timer = None
        pod = yield self.read_pod()
        waits = f"{self.name} did not connect within {self.pods.missingSeconds} s: {pending(pod)}"
        yield self._substantiation_failed(
            Failure(LatentWorkerFailedToSubstantiate(self.name, waits)),
        )

    @defer.inlineCallbacks
    def read_pod(self) -> Any:
        url = f"/api/v1/namespaces/{self._namespace}/pods/{self.getContainerName()}"
        response = yield self._http.get(url, **(yield self._get_request_kwargs()))
        if response.code == 404:
            return None
        pod = yield response.json()
        if response.code != 200:
            raise kubernetes.KubeJsonError(response.code, pod)
        return pod

    @defer.inlineCallbacks
    def _delete_pod(self, namespace: str, name: str, graceperiod: int = GRACE_SECONDS) -> Any:
        # Buildbot sends `graceperiod`, which Kubernetes ignores.
        response = yield self._http.delete(
            f"/api/v1/namespaces/{namespace}/pods/{name}",
            params={"gracePeriodSeconds": graceperiod},
            **(yield self._get_request_kwargs()),
        )
        answer = yield response.json()
        if response.code not in (200, 202):
            raise kubernetes.KubeJsonError(response.code, answer)
        return answer


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
    variables = {**environment, **(pods.environment if builder != "test" else {}), "HOME": WORK, "CI": "1"}
    mounts: list[dict[str, Any]] = [{"name": name, "mountPath": path} for name, path in WRITABLE.items()]
    volumes: list[dict[str, Any]] = [{"name": name, "emptyDir": {}} for name in WRITABLE]
    if account and pods.configMap:
        mounts.append({"name": "platform", "mountPath": "/etc/mlops", "readOnly": True})
        volumes.append({"name": "platform", "configMap": {"name": pods.configMap}})
    if BUILDERS[builder].checks_out and pods.repositoryClaim:
        mounts.append({"name": "repository", "mountPath": REPOSITORY, "readOnly": True})
        claim = {"claimName": pods.repositoryClaim, "readOnly": True}
        volumes.append({"name": "repository", "persistentVolumeClaim": claim})
    if login := pods.logins.get(builder):
        variables["DOCKER_CONFIG"] = LOGIN
        mounts.append({"name": "oci-registry-login", "mountPath": LOGIN, "readOnly": True})
        files = [{"key": ".dockerconfigjson", "path": "config.json"}, {"key": "ca.crt", "path": "ca.crt"}]
        secret = {"secretName": login, "optional": True, "items": files}
        volumes.append({"name": "oci-registry-login", "secret": secret})
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
