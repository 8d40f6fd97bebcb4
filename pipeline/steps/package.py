"""Build the package of a model version, and push it where the cluster can pull it."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import errors
from pipeline.config import ModelConfig
from pipeline.digests import sha256
from pipeline.examples import Examples
from pipeline.layer import build_tar, canonical_json, verify_layer, with_manifest
from pipeline.model_card import render_model_card
from pipeline.oci import OciRegistry
from pipeline.settings import Settings
from pipeline.steps.export import OPSET, histogram


@dataclass(frozen=True)
class Package:
    """Files under /model, the tar layer that holds them, and its digest."""

    files: Mapping[str, bytes]
    layer: bytes
    digest: str


@dataclass(frozen=True)
class Image:
    """A pushed image: its digest, and the reference that nodes pull."""

    digest: str
    reference: str


def make_package(
    config: ModelConfig,
    onnx: bytes,
    proof: bytes,
    threshold: float,
    lineage: Mapping[str, Any],
    reference: Mapping[str, Any],
) -> Package:
    """Put the model, its proof, description, histograms, model card and lineage into one deterministic layer."""
    width = len(config.features)
    description = {
        "name": config.name,
        "signature": {
            "inputs": [{"name": "features", "datatype": "FP32", "shape": [-1, width]}],
            "outputs": [{"name": "score", "datatype": "FP32", "shape": [-1, 1]}],
        },
        "features": [_feature(feature) for feature in config.features],
        "threshold": threshold,
        "opset": OPSET,
    }
    content = {
        "model.onnx": onnx,
        "proof.f32": proof,
        "reference.json": canonical_json(reference),
        "card.md": render_model_card(config, lineage, threshold).encode(),
        "lineage.json": canonical_json(lineage),
    }
    files = with_manifest(content, description)
    layer = build_tar("model", files)
    return Package(files, layer, sha256(layer))


def reference_histograms(examples: Examples, scores: Any) -> dict[str, Any]:
    """Distributions of inputs and scores on held-out rows: the reference for drift."""
    features = {name: histogram(examples.x[name]) for name in examples.x.columns}
    return {"format": 1, "rows": len(examples), "features": features, "score": histogram(scores)}


def write_package(package: Package, folder: Path) -> Path:
    """Write the layer, its digest and the single files into `folder`; return the path of the layer."""
    verify_layer(package.layer)
    try:
        model = folder / "model"
        model.mkdir(parents=True, exist_ok=True)
        for name, content in package.files.items():
            (model / name).write_bytes(content)
        layer = folder / "layer.tar"
        layer.write_bytes(package.layer)
        (folder / "layer.digest").write_text(package.digest + "\n")
    except OSError as error:
        raise errors.unwritable(folder, str(error.strerror)) from error
    return layer


def push_model(oci: OciRegistry, settings: Settings, model: str, version: str, layer: Path, digest: str) -> Image:
    """Push base image plus layer as `models/<model>:<version>`, and verify the layer in the OCI registry."""
    name = f"models/{model}"
    image = oci.append(layer, f"{name}:{version}", settings.base_image)
    stored = oci.last_layer(name, image)
    if stored != digest:
        raise errors.package_mismatch(f"{name}@{image}", f"layer {stored}", f"layer {digest}")
    return Image(image, f"{settings.pull_host}/{name}@{image}")


def push_dataset(oci: OciRegistry, model: str, events: pd.DataFrame, digest: str, folder: Path) -> str:
    """Push the clean events under their digest unless they exist; return `name:tag`."""
    # The whole digest: a table that shared a part of it would count as pushed already.
    target = f"datasets/{model}:{digest.removeprefix('sha256:')}"
    if oci.digest(target) is None:
        table = io.BytesIO()
        events.to_parquet(table, index=False, compression="zstd")
        about = canonical_json({"format": 2, "digest": digest, "rows": len(events), "columns": list(events.columns)})
        file = folder / "dataset.tar"
        file.write_bytes(build_tar("dataset", {"events.parquet": table.getvalue(), "dataset.json": about}))
        oci.append(file, target, None)
        file.unlink()
    return target


def _feature(feature: Mapping[str, Any]) -> dict[str, Any]:
    described = {"name": feature["name"], "type": feature["type"], "nullable": feature.get("nullable", False)}
    if feature["type"] == "category":
        return {**described, "categories": list(feature["categories"])}
    described |= {"min": feature.get("min"), "max": feature.get("max")}
    return {**described, "integer": True} if feature.get("integer") else described
