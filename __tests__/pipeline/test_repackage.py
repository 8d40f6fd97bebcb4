"""A version on another model server, against a real MLflow store."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import mlflow
import pytest

from __tests__.pipeline.stand_ins import BASE_IMAGE, Oci
from pipeline.errors import PipelineError
from pipeline.progress import Progress
from pipeline.repackage import repackage
from pipeline.settings import Settings

NEWER = "base/model-server:2"
REGISTRY = "registry.test:5000"

Publish = Callable[[str], dict[str, Any]]
Repackage = Callable[..., dict[str, Any]]


@pytest.fixture
def again(tracking: str, tmp_path: Path, oci: Oci) -> Repackage:
    tags = oci.tags() | {f"{REGISTRY}/{NEWER}": "sha256:newer"}
    oci.write_tags(tags)

    def call(version: str, base: str = NEWER) -> dict[str, Any]:
        settings = Settings(tracking, REGISTRY, "pull.test:5000", base, "4567def", "http://ci/builds/8")
        return repackage("fraud", version, settings, tmp_path, Progress(True, StringIO()))

    return call


def versions(tracking: str) -> dict[str, dict[str, str]]:
    found = mlflow.MlflowClient(tracking).search_model_versions("name = 'fraud'")
    return {str(each.version): dict(each.tags) for each in found}


def test_the_layer_is_the_same_and_the_image_another(again: Repackage, publish: Publish, tracking: str) -> None:
    former = publish("89ab")
    made = again(former["version"])
    tags = versions(tracking)[made["version"]]
    assert made["version"] != former["version"]
    assert made["image"] != former["image"]
    assert {key: made[key] for key in ("layer_digest", "dataset_digest", "run_id", "metrics")} == {
        key: former[key] for key in ("layer_digest", "dataset_digest", "run_id", "metrics")
    }
    assert tags["model_server"] == NEWER
    assert tags["repackaged_from"] == former["version"]
    assert tags["packaging"] == "complete"
    assert tags["build_url"] == "http://ci/builds/8"
    assert versions(tracking)[former["version"]]["model_server"] == BASE_IMAGE


def test_once_more_it_is_the_same_version(again: Repackage, publish: Publish, tracking: str) -> None:
    former = publish("89ac")
    made = again(former["version"])
    before = versions(tracking)
    assert again(former["version"]) == made
    assert versions(tracking) == before


def test_a_failed_push_leaves_nothing_deployable_and_a_retry_works(
    again: Repackage, publish: Publish, tracking: str, oci: Oci
) -> None:
    former = publish("89ad")
    oci.fail("append", "Error: no space left on device")
    with pytest.raises(PipelineError, match="no space left"):
        again(former["version"])
    newest = max(versions(tracking), key=int)
    assert "image_digest" not in versions(tracking)[newest]
    oci.recover()
    assert again(former["version"])["version"] == newest


def test_a_layer_that_changed_in_the_registry_is_refused(again: Repackage, publish: Publish, oci: Oci) -> None:
    former = publish("89ae")
    for blob in oci.folder.glob("sha256:*"):
        blob.write_bytes(b"something else")
    with pytest.raises(PipelineError, match="does not match"):
        again(former["version"])


@pytest.mark.parametrize("version", ["9999"])
def test_an_unknown_version_is_refused(again: Repackage, version: str) -> None:
    with pytest.raises(PipelineError, match="Version 9999 of fraud cannot be packaged again"):
        again(version)


def test_a_version_without_an_image_is_refused(again: Repackage, trained: Any) -> None:
    with pytest.raises(PipelineError, match="no tag image_digest"):
        again(trained.result["version"])


def test_a_missing_model_server_is_named(again: Repackage, publish: Publish) -> None:
    with pytest.raises(PipelineError, match="base/model-server:3"):
        again(publish("89af")["version"], "base/model-server:3")
