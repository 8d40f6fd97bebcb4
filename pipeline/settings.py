"""The only reader of the process environment: addresses of MLflow and the OCI registry, and the commit."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline import errors

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """Where to register and push. Without `oci_registry`, packages stay in a folder."""

    tracking_uri: str | None
    oci_registry: str | None
    pull_host: str
    base_image: str
    git_commit: str
    build_url: str = ""
    """The CI's build that trains; empty outside of CI."""


def read_settings(code: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Read MLFLOW_TRACKING_URI, OCI_REGISTRY, OCI_PULL_HOST, BASE_IMAGE, GIT_COMMIT and BUILD_URL.

    `code` is the model's folder: without GIT_COMMIT, it and the pipeline tell whether the commit is what runs. MLflow
    itself reads MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.
    """
    env = os.environ if environment is None else environment
    oci_registry = env.get("OCI_REGISTRY") or None
    if oci_registry:
        needed = {
            "BASE_IMAGE": "repository:tag of the model server inside OCI_REGISTRY",
            "MLFLOW_TRACKING_URI": "address of MLflow: a pushed image must be registered where the cluster looks",
        }
        for name, why in needed.items():
            if not env.get(name):
                raise errors.missing_setting(name, why)
    return Settings(
        tracking_uri=env.get("MLFLOW_TRACKING_URI") or None,
        oci_registry=oci_registry,
        pull_host=env.get("OCI_PULL_HOST") or oci_registry or "",
        base_image=env.get("BASE_IMAGE", ""),
        git_commit=env.get("GIT_COMMIT") or _commit(code),
        build_url=env.get("BUILD_URL", ""),
    )


def quiet_mlflow() -> None:
    """Keep MLflow from sending telemetry, printing between JSON lines, and retrying for minutes."""
    for name, value in {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_LOGGING_LEVEL": "ERROR",
        "GIT_PYTHON_REFRESH": "quiet",
    }.items():
        os.environ.setdefault(name, value)


def _commit(code: Path) -> str:
    """The checked-out commit, marked dirty if the training code differs from it."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(ROOT), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", "pipeline", str(code))
        return git("rev-parse", "HEAD") + ("-dirty" if changed else "")
    except (OSError, subprocess.SubprocessError):
        return "unknown"
