"""A registered model on another model server: the same layer on another base image, as a version of its own."""

from pathlib import Path
from typing import Any

from pipeline import errors
from pipeline.digests import sha256
from pipeline.layer import verify_layer
from pipeline.oci import OciRegistry
from pipeline.progress import Progress
from pipeline.settings import Settings
from pipeline.steps.package import push_model
from pipeline.steps.register import Mlflow


def repackage(model: str, version: str, settings: Settings, folder: Path, progress: Progress) -> dict[str, Any]:
    """Put version `version` on `settings.base_image` and register that; return what a training returns.

    Repeated, it returns the version that is there already. Nothing is trained: run, parameters, data and gates are
    those of the first version.
    """
    if settings.oci_registry is None:
        raise errors.missing_setting("OCI_REGISTRY", "host[:port] of the registry with the model's image")
    oci = OciRegistry(settings.oci_registry)
    oci.require(settings.base_image)
    tracking = Mlflow(settings.tracking_uri, folder, settings.build_url)
    with progress.step("read") as step:
        former = tracking.packaged(model, version)
        layer = oci.read_last_layer(f"models/{model}", former["image_digest"])
        if sha256(layer) != former["layer_digest"]:
            raise errors.package_mismatch(
                f"models/{model}@{former['image_digest']}", f"layer {sha256(layer)}", f"layer {former['layer_digest']}"
            )
        verify_layer(layer)
        step.done(f"version {version} of {model}, {len(layer):,} bytes")
    with progress.step("register") as step:
        made, is_new = tracking.derive_version(model, version, settings.base_image)
        step.done(
            f"version {made} of {model} on {settings.base_image}{'' if is_new else ', there already'}", version=made
        )
    tags, run_id = tracking.tags(model, made), tracking.run_of(model, made)
    with progress.step("package") as step:
        if "image_digest" not in tags:
            file = folder / "layer.tar"
            file.write_bytes(layer)
            image = push_model(oci, settings, model, made, file, former["layer_digest"])
            tracking.complete_version(model, made, image, settings.base_image)
            tags = tracking.tags(model, made)
        step.done(tags["image"], image=tags["image"])
    return {
        "model": model,
        "version": made,
        "image": tags["image"],
        "layer_digest": former["layer_digest"],
        "dataset_digest": former["dataset_digest"],
        "run_id": run_id,
        "metrics": tracking.metrics(run_id),
    }
