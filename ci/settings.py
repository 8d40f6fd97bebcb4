"""The settings that the stack gives to the CI, as one JSON file."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from ci.errors import Problem, SettingsError

MODEL = re.compile(r"^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$")


@dataclass(frozen=True)
class Repository:
    """What is polled for commits and checked out by `test` and `image`."""

    url: str
    branch: str
    pollSeconds: int = 30


@dataclass(frozen=True)
class Size:
    """Resources of one runner, as Kubernetes quantities."""

    cpu: str
    cpuLimit: str
    memory: str


@dataclass(frozen=True)
class Pods:
    """Runners as pods, one per build."""

    image: str
    namespace: str
    master: str
    """Address of the worker port, as pods reach it."""
    size: Size
    testSize: Size
    priorityClass: str
    deadlineSeconds: int
    accounts: dict[str, str]
    """Builder → service account; empty for none."""
    logins: dict[str, str] = field(default_factory=dict)
    """Builder → Secret with its login of the OCI registry, and the registry's CA; none for others."""
    environment: dict[str, str] = field(default_factory=dict)
    configMap: str = ""
    """Holds platform.yaml as builders with a service account see it."""
    repositoryClaim: str = ""
    """Volume with the repository, when it is not fetched from a URL."""
    api: str = ""
    """Address of the API server; empty for the cluster that the master runs in."""
    accountFolder: str = "/var/run/secrets/kubernetes.io/serviceaccount"
    uid: int = 65532
    checkSeconds: int = 5
    pullSeconds: int = 20
    """How long a pull may fail before the build ends: registries restart."""
    missingSeconds: int = 120


@dataclass(frozen=True)
class Labels:
    """Where labels are counted, and how many new ones start a training."""

    url: str
    threshold: int
    everySeconds: int = 300


@dataclass(frozen=True)
class Settings:
    url: str
    """As people open it; ends with a slash."""
    port: int
    workerPort: int
    database: str
    """SQLAlchemy's address, without a password: libpq reads PGPASSWORD."""
    credentials: str
    """Folder with the files password and webhook-password."""
    platform: str
    """Folder with the command line, on the runners."""
    repository: Repository
    models: list[str]
    pods: Pods | None = None
    """Without it, runners connect by themselves with the password `runner-password`: for tests."""
    parallel: int = 2
    """Builds at once; deploy, rollback and reconcile have a runner of their own."""
    nightly: str = ""
    """Five cron fields, UTC, when every model is trained; empty for never."""
    labels: Labels | None = None


T = TypeVar("T")


def load(path: str | None = None) -> Settings:
    """Reads $CI_SETTINGS."""
    name = path or os.environ.get("CI_SETTINGS", "/etc/ci/settings.json")
    try:
        document = json.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _wrong(name, "cannot be read", str(error), "a JSON file that the ci stack wrote") from error
    settings = _build(Settings, document, name)
    for model in settings.models:
        if not MODEL.match(model):
            raise _wrong(f"{name}: models", "has a name that is not a model's", repr(model), MODEL.pattern)
    return settings


def _build(kind: type[T], value: Any, path: str) -> T:
    if not isinstance(value, dict):
        raise _wrong(path, "has the wrong type", repr(value), "an object")
    hints = get_type_hints(kind)
    known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
    for key in value.keys() - known.keys():
        raise _wrong(f"{path}: {key}", "is not a known key", repr(key), f"one of {', '.join(known)}")
    built: dict[str, Any] = {}
    for name in value:
        built[name] = _convert(hints[name], value[name], f"{path}: {name}")
    try:
        return kind(**built)
    except TypeError as error:
        raise _wrong(path, "lacks a key", str(error), f"all of {', '.join(known)} without a default") from error


def _convert(hint: Any, value: Any, path: str) -> Any:
    options = [each for each in get_args(hint) if each is not type(None)]
    if value is None and type(None) in get_args(hint):
        return None
    for each in [hint, *options]:
        if is_dataclass(each):
            return _build(each, value, path)  # type: ignore[arg-type]
    origin = getattr(hint, "__origin__", hint)
    if not isinstance(value, origin) or isinstance(value, bool):
        raise _wrong(path, "has the wrong type", repr(value), str(origin.__name__))
    return value


def _wrong(path: str, what: str, got: str, expected: str) -> SettingsError:
    return SettingsError(str(Problem(f"{path} {what}.", got, expected, "apply stack ci again with `mlops up`")))
