"""Whole trainings in miniature, against a real MLflow store."""

import hashlib
import json
import tarfile
from collections.abc import Callable
from typing import Any

import mlflow
import pytest
from mlflow.exceptions import MlflowException

from __tests__.pipeline.stand_ins import Oci, Trained
from pipeline.errors import PipelineError

Run = Callable[..., dict[str, Any]]
Publish = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def client(tracking: str) -> mlflow.MlflowClient:
    return mlflow.MlflowClient(tracking)


@pytest.fixture(scope="module")
def package(trained: Trained) -> dict[str, Any]:
    """The JSON files of the shared training's layer, by name."""
    with tarfile.open(trained.output / "layer.tar") as tar:
        files = {name: tar.extractfile(f"model/{name}.json") for name in ("model", "reference", "lineage")}
        return {name: json.loads(file.read()) for name, file in files.items() if file}


def tags(client: mlflow.MlflowClient, version: str) -> dict[str, str]:
    return dict(client.get_model_version("fraud", version).tags)


def deployable(client: mlflow.MlflowClient) -> set[str]:
    return {
        str(found.version) for found in client.search_model_versions("name = 'fraud'") if "image_digest" in found.tags
    }


def test_the_layer_digest_is_that_of_the_file(trained: Trained) -> None:
    layer = (trained.output / "layer.tar").read_bytes()
    assert trained.result["layer_digest"] == f"sha256:{hashlib.sha256(layer).hexdigest()}"
    assert (trained.output / "layer.digest").read_text().strip() == trained.result["layer_digest"]


def test_model_json_describes_inputs_output_and_threshold(package: dict[str, Any]) -> None:
    model = package["model"]
    assert set(model) == {"format", "name", "files", "signature", "features", "threshold", "opset"}
    assert model["signature"] == {
        "inputs": [{"name": "features", "datatype": "FP32", "shape": [-1, 15]}],
        "outputs": [{"name": "score", "datatype": "FP32", "shape": [-1, 1]}],
    }
    assert model["features"][0] == {"name": "amount", "type": "number", "min": 0, "max": None, "nullable": False}
    assert model["features"][1]["integer"] is True
    assert 0 < model["threshold"] < 1


def test_reference_json_has_shares_for_every_feature_and_the_score(package: dict[str, Any]) -> None:
    reference = package["reference"]
    assert set(reference) == {"format", "features", "score", "rows"}
    assert set(reference["features"]) == {feature["name"] for feature in package["model"]["features"]}
    for found in [*reference["features"].values(), reference["score"]]:
        assert len(found["shares"]) == len(found["edges"]) + 1
        assert sum(found["shares"]) == pytest.approx(1)


def test_lineage_json_has_the_models_origin(package: dict[str, Any], trained: Trained) -> None:
    lineage = package["lineage"]
    assert lineage["git_commit"] == "0123abc"
    assert lineage["dataset"]["digest"] == trained.result["dataset_digest"]
    assert lineage["dataset"]["source"]["type"] == "card-fraud"
    assert lineage["metrics"] == trained.result["metrics"]


def test_the_same_inputs_give_the_same_layer_digest_and_a_new_version(run: Run, trained: Trained) -> None:
    again = run()
    assert again["layer_digest"] == trained.result["layer_digest"]
    assert again["version"] != trained.result["version"]


def test_other_data_gives_another_layer_digest(run: Run, trained: Trained) -> None:
    assert run(["source.parameters.seed=8"])["layer_digest"] != trained.result["layer_digest"]


def test_the_run_is_logged(trained: Trained, client: mlflow.MlflowClient) -> None:
    result = trained.result
    logged = client.get_run(result["run_id"])
    assert logged.info.status == "FINISHED"
    assert logged.data.metrics["average_precision"] == result["metrics"]["average_precision"]
    assert logged.data.params["num_leaves"] in {"15", "31"}
    assert logged.data.tags["git_commit"] == "0123abc"
    assert logged.data.tags["build_url"] == "http://ci/builds/7"
    assert logged.inputs.dataset_inputs[0].dataset.digest == result["dataset_digest"].removeprefix("sha256:")[:32]
    artifacts = {file.path for file in client.list_artifacts(result["run_id"])}
    assert artifacts == {"model", "model.json", "proof.f32", "reference.json", "card.md", "lineage.json"}


def test_the_version_has_signature_owner_and_card(trained: Trained, client: mlflow.MlflowClient) -> None:
    version = client.get_model_version("fraud", trained.result["version"])
    assert version.tags["owner"] == "ML"
    assert version.tags["build_url"] == "http://ci/builds/7"
    assert version.tags["dataset_digest"] == trained.result["dataset_digest"]
    assert version.description.startswith("# Model card: fraud")
    described = mlflow.models.get_model_info(f"models:/fraud/{trained.result['version']}")
    assert [(spec.name, spec.shape) for spec in described.signature.inputs.inputs] == [("features", (-1, 15))]


def test_the_card_shows_the_measured_figures(trained: Trained) -> None:
    card = (trained.output / "model" / "card.md").read_text()
    assert f"| average precision | {trained.result['metrics']['average_precision']:.3f} | at least 0.05 |" in card
    assert trained.result["dataset_digest"] in card
    assert "$" not in card


def test_without_a_registry_the_version_is_not_deployable(trained: Trained, client: mlflow.MlflowClient) -> None:
    assert trained.result["version"] not in deployable(client)


def test_a_pushed_version_names_its_image_and_the_dataset_is_pushed_once(
    publish: Publish, client: mlflow.MlflowClient, oci: Oci
) -> None:
    publish("one")
    result = publish("two")
    found = tags(client, result["version"])
    assert result["image"] == f"pull.test:5000/models/fraud@{found['image_digest']}"
    assert found["image"] == result["image"]
    assert found["layer_digest"] == result["layer_digest"]
    assert oci.tags()[f"registry.test:5000/models/fraud:{result['version']}"] == found["image_digest"]
    pushes = [call for call in oci.calls("append") if "datasets/" in call]
    assert len(pushes) == 1
    assert pushes[0].endswith(f"registry.test:5000/datasets/fraud:{result['dataset_digest'][7:]}")


def test_a_failed_push_leaves_nothing_deployable_and_a_retry_completes_it(
    publish: Publish, client: mlflow.MlflowClient, oci: Oci
) -> None:
    before = deployable(client)
    oci.fail("append", "Error: 507 no space left")
    with pytest.raises(PipelineError) as caught:
        publish("full disk")
    assert caught.value.what.startswith("the OCI registry did not store registry.test:5000/datasets/fraud:")
    assert caught.value.got == "Error: 507 no space left"
    assert deployable(client) == before
    left = client.search_model_versions("name = 'fraud'", max_results=1)[0].version
    oci.recover()
    assert publish("full disk")["version"] == str(left)
    assert deployable(client) == {*before, str(left)}


def test_an_image_with_another_layer_is_not_deployable(publish: Publish, client: mlflow.MlflowClient, oci: Oci) -> None:
    before = deployable(client)
    (oci.folder / "corrupt").touch()
    with pytest.raises(PipelineError) as caught:
        publish("corrupt")
    assert caught.value.what.startswith("the model package does not match the trained model: models/fraud@sha256:")
    assert caught.value.got == f"layer sha256:{'0' * 64}"
    assert deployable(client) == before


def test_a_missing_base_image_is_found_before_training(publish: Publish, oci: Oci) -> None:
    (oci.folder / "tags.json").write_text("{}")
    with pytest.raises(PipelineError, match="OCI registry did not find registry"):
        publish("no base")


def test_a_model_below_its_gates_is_logged_but_not_registered(run: Run, client: mlflow.MlflowClient) -> None:
    before = len(client.search_model_versions("name = 'fraud'"))
    with pytest.raises(PipelineError) as caught:
        run(["gates.auc_roc=0.9999"])
    assert "auc_roc is" in caught.value.got
    assert "below 0.9999" in caught.value.got
    run_id = caught.value.fix.split()[3]
    assert "below 0.9999" in client.get_run(run_id).data.tags["gates"]
    assert len(client.search_model_versions("name = 'fraud'")) == before


def test_bad_rows_are_kept_with_the_run(run: Run, client: mlflow.MlflowClient) -> None:
    result = run(["columns.amount.max=200", "clean.max_bad_share=0.5"])
    assert "quarantine.csv" in {file.path for file in client.list_artifacts(result["run_id"])}


@pytest.mark.parametrize("call", ["create_model_version", "set_model_version_tag"])
def test_mlflow_failing_midway_leaves_nothing_deployable_and_a_retry_works(
    publish: Publish, client: mlflow.MlflowClient, oci: Oci, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MlflowException("connection reset")

    before = deployable(client)
    with monkeypatch.context() as patch:
        patch.setattr(mlflow.MlflowClient, call, fail)
        with pytest.raises(PipelineError) as caught:
            publish(call)
    assert caught.value.what == "MLflow did not answer as expected"
    assert caught.value.got == "connection reset"
    assert deployable(client) == before
    assert deployable(client) | {publish(call)["version"]} == deployable(client)


def test_a_feature_may_be_split_by_set(run: Run, client: mlflow.MlflowClient) -> None:
    result = run(["search.fixed.categorical_feature=7", "search.fixed.min_data_per_group=10"])
    parameters = client.get_run(result["run_id"]).data.params
    assert parameters["categorical_feature"] == "7"
