"""Log a training run in MLflow, and register its model as a version.

A version is deployable only when it carries the tag `image_digest`, which is set last: whatever fails before leaves a
version that nobody can deploy, and that the next run with the same package completes.
"""

import contextlib
import json
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import errors
from pipeline.config import ModelConfig
from pipeline.settings import quiet_mlflow
from pipeline.steps.package import Image, Package

quiet_mlflow()

import mlflow  # noqa: E402
import mlflow.onnx  # noqa: E402
import numpy as np  # noqa: E402
import onnx  # noqa: E402
import requests  # noqa: E402
from mlflow.data.code_dataset_source import CodeDatasetSource  # noqa: E402
from mlflow.data.pandas_dataset import from_pandas  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from mlflow.models.signature import ModelSignature  # noqa: E402
from mlflow.types.schema import Schema, TensorSpec  # noqa: E402

PACKAGING = "packaging"
INCOMPLETE, COMPLETE = "incomplete", "complete"
MODEL_SERVER, REPACKAGED_FROM = "model_server", "repackaged_from"
ABSENT = "RESOURCE_DOES_NOT_EXIST"
VALIDATION = "validation_"
DIGEST_CHARACTERS = 32
# Limit of a description in MLflow's PostgreSQL schema; SQLite allows more.
DESCRIPTION_CHARACTERS = 5_000
# Limit of a run's tag there; MLflow would cut without a word.
NOTE_CHARACTERS = 8_000


class Mlflow:
    """MLflow at `uri`, or in the folder `local` if there is no server."""

    def __init__(self, uri: str | None, local: Path, build_url: str = "") -> None:
        # Not in the package: the same inputs must give the same package, whoever builds it.
        self._build = {"build_url": build_url} if build_url else {}
        self.uri = uri or f"sqlite:///{(local / 'mlflow.db').resolve()}"
        self._artifacts = None if uri else (local / "mlartifacts").resolve().as_uri()
        with self._guard():
            mlflow.set_tracking_uri(self.uri)
            mlflow.set_registry_uri(self.uri)
            self._client = mlflow.MlflowClient(self.uri)

    def check(self) -> None:
        """Raise unless MLflow answers and accepts the credentials."""
        with self._guard():
            self._client.search_experiments(max_results=1)

    def log_run(
        self,
        config: ModelConfig,
        lineage: Mapping[str, Any],
        validation: Mapping[str, float],
        events: pd.DataFrame,
        package: Package,
        failures: list[str],
    ) -> str:
        """Log parameters, metrics, dataset, signature, model and model card; return the id of the run."""
        tags = {
            "mlflow.source.git.commit": lineage["git_commit"],
            "git_commit": lineage["git_commit"],
            "dataset_digest": lineage["dataset"]["digest"],
            "layer_digest": package.digest,
            "owner": config.owner,
            "on_call": config.on_call,
            "gates": "; ".join(failures) or "passed",
            **self._build,
        }
        settings = {
            **lineage["parameters"],
            "seed": config.seed,
            **{f"window.{key}": value for key, value in config.window.items()},
        }
        with self._guard(), mlflow.start_run(experiment_id=self._experiment(config.name), tags=tags) as run:
            note = shortened(package.files["card.md"].decode(), run.info.run_id, NOTE_CHARACTERS)
            mlflow.set_tag("mlflow.note.content", note)
            mlflow.log_params(settings)
            mlflow.log_metrics(
                {**lineage["metrics"], **{f"{VALIDATION}{key}": value for key, value in validation.items()}}
            )
            mlflow.log_input(_dataset(config, lineage, events), context="training")
            with tempfile.TemporaryDirectory() as folder:
                _save_model(package, len(config.features), Path(folder) / "model")
                mlflow.log_artifacts(folder)
            return str(run.info.run_id)

    def log_file(self, run_id: str, file: Path) -> None:
        """Attach `file` to the run, if it exists."""
        if file.exists():
            with self._guard():
                self._client.log_artifact(run_id, str(file))

    def create_version(
        self, config: ModelConfig, lineage: Mapping[str, Any], package: Package, run_id: str
    ) -> tuple[str, bool]:
        """The version for this package, and whether it completes one that an earlier run left incomplete."""
        with self._guard():
            self._registered(config)
            for known in self._client.search_model_versions(f"name = '{config.name}'"):
                derived = REPACKAGED_FROM in known.tags
                if (
                    known.tags.get(PACKAGING) == INCOMPLETE
                    and known.tags.get("layer_digest") == package.digest
                    and not derived
                ):
                    return str(known.version), True
            run = self._client.get_run(run_id)
            tags = {
                PACKAGING: INCOMPLETE,
                "layer_digest": package.digest,
                "dataset_digest": lineage["dataset"]["digest"],
                "git_commit": lineage["git_commit"],
                "owner": config.owner,
                "on_call": config.on_call,
                **self._build,
            }
            created = self._client.create_model_version(
                config.name,
                source=f"{run.info.artifact_uri}/model",
                run_id=run_id,
                tags=tags,
                description=shortened(package.files["card.md"].decode(), run_id),
            )
            return str(created.version), False

    def packaged(self, model: str, version: str) -> dict[str, str]:
        """The tags of a version that has an image; raise for any other."""
        with self._guard():
            try:
                found = dict(self._client.get_model_version(model, version).tags)
            except MlflowException as error:
                if error.error_code != ABSENT:
                    raise
                raise errors.not_packaged(model, version, "no such version") from error
        if "image_digest" not in found:
            raise errors.not_packaged(model, version, "no tag image_digest")
        return found

    def derive_version(self, model: str, version: str, base_image: str) -> tuple[str, bool]:
        """A version with the package of `version` on another model server, and whether it is new."""
        with self._guard():
            former = self._client.get_model_version(model, version)
            for known in self._client.search_model_versions(f"name = '{model}'"):
                same = {"layer_digest": former.tags["layer_digest"], MODEL_SERVER: base_image}
                if REPACKAGED_FROM in known.tags and same.items() <= known.tags.items():
                    return str(known.version), False
            own = {"image", "image_digest", "build_url", PACKAGING, MODEL_SERVER, REPACKAGED_FROM}
            tags = {
                **{key: value for key, value in former.tags.items() if key not in own},
                PACKAGING: INCOMPLETE,
                MODEL_SERVER: base_image,
                REPACKAGED_FROM: version,
                **self._build,
            }
            created = self._client.create_model_version(
                model, source=former.source, run_id=former.run_id, tags=tags, description=former.description
            )
            return str(created.version), True

    def run_of(self, model: str, version: str) -> str:
        """The id of the run that trained a version."""
        with self._guard():
            return str(self._client.get_model_version(model, version).run_id)

    def metrics(self, run_id: str) -> dict[str, float]:
        """What a run measured on the test rows."""
        with self._guard():
            found = self._client.get_run(run_id).data.metrics
            return {name: value for name, value in found.items() if not name.startswith(VALIDATION)}

    def complete_version(self, model: str, version: str, image: Image | None, base_image: str) -> None:
        """Record the version's image and model server; without an image, the version stays undeployable."""
        with self._guard():
            if image is not None:
                self._client.set_model_version_tag(model, version, MODEL_SERVER, base_image)
                self._client.set_model_version_tag(model, version, "image", image.reference)
                self._client.set_model_version_tag(model, version, "image_digest", image.digest)
            self._client.set_model_version_tag(model, version, PACKAGING, COMPLETE)

    def tags(self, model: str, version: str) -> dict[str, str]:
        """The tags of a version."""
        with self._guard():
            return dict(self._client.get_model_version(model, version).tags)

    def _experiment(self, name: str) -> str:
        known = self._client.get_experiment_by_name(name)
        return str(known.experiment_id if known else self._client.create_experiment(name, self._artifacts))

    def _registered(self, config: ModelConfig) -> None:
        try:
            self._client.get_registered_model(config.name)
        except MlflowException as error:
            if error.error_code != ABSENT:
                raise
            tags = {"owner": config.owner, "on_call": config.on_call}
            self._client.create_registered_model(config.name, tags=tags, description=config.description)

    @contextlib.contextmanager
    def _guard(self) -> Iterator[None]:
        """Turn MLflow's failures into ours, and its output to stderr: stdout is for progress."""
        try:
            with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except (MlflowException, requests.RequestException) as error:
            text = str(error).splitlines()
            raise errors.tracking_failed(self.uri, text[0] if text else type(error).__name__) from error


def shortened(text: str, run_id: str, limit: int = DESCRIPTION_CHARACTERS) -> str:
    """A model card cut to fit `limit`; the run has the full text."""
    if len(text) <= limit:
        return text
    rest = f"\n\n… the whole model card: artifact card.md of run {run_id}"
    return text[: limit - len(rest)] + rest


def _dataset(config: ModelConfig, lineage: Mapping[str, Any], events: pd.DataFrame) -> Any:
    dataset = lineage["dataset"]
    source = CodeDatasetSource(tags={"source": json.dumps(dataset["source"]), "digest": dataset["digest"]})
    digest = dataset["digest"].removeprefix("sha256:")[:DIGEST_CHARACTERS]
    return from_pandas(events, source=source, targets=config.label, name=f"{config.name}-events", digest=digest)


def _save_model(package: Package, features: int, folder: Path) -> None:
    signature = ModelSignature(
        Schema([TensorSpec(np.dtype(np.float32), (-1, features), "features")]),
        Schema([TensorSpec(np.dtype(np.float32), (-1, 1), "score")]),
    )
    mlflow.onnx.save_model(
        onnx.load_from_string(package.files["model.onnx"]),
        str(folder),
        signature=signature,
        pip_requirements=["onnxruntime"],
    )
    for name, content in package.files.items():
        if name != "model.onnx":
            (folder.parent / name).write_bytes(content)
