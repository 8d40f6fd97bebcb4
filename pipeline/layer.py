"""The model package: one deterministic tar layer with the files under /model."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

from pipeline import errors

MANIFEST = "model.json"
FORMAT = 1


def canonical_json(value: Any) -> bytes:
    """Canonical, readable JSON: sorted keys, two spaces, a final newline."""
    return (
        json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False, default=str) + "\n"
    ).encode()


def build_tar(folder: str, files: Mapping[str, bytes]) -> bytes:
    """A reproducible, uncompressed tar of `files` under `folder`: sorted, no timestamps, no owner."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        root = tarfile.TarInfo(f"{folder}/")
        root.type, root.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(root)
        for name in sorted(files):
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mode = len(files[name]), 0o644
            tar.addfile(entry, io.BytesIO(files[name]))
    return buffer.getvalue()


def with_manifest(files: Mapping[str, bytes], description: Mapping[str, Any]) -> dict[str, bytes]:
    """`files` and the model.json with their description and digests."""
    listed = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)} for name, content in files.items()
    }
    return {**files, MANIFEST: canonical_json({"format": FORMAT, "files": listed, **description})}


def verify_layer(layer: bytes) -> None:
    """Raise unless the layer has exactly the files of its model.json, with matching digests."""
    try:
        with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
            content = {
                member.name.removeprefix("model/"): (tar.extractfile(member) or io.BytesIO()).read()
                for member in tar
                if member.isfile()
            }
        listed = json.loads(content.pop(MANIFEST))["files"]
    except (tarfile.TarError, KeyError, ValueError) as error:
        raise errors.package_mismatch(MANIFEST, f"unreadable: {error}", "a tar layer with /model/model.json") from error
    if set(content) != set(listed):
        raise errors.package_mismatch("list of files", errors.names(sorted(content)), errors.names(sorted(listed)))
    for name, data in content.items():
        digest = hashlib.sha256(data).hexdigest()
        if digest != listed[name]["sha256"]:
            raise errors.package_mismatch(name, f"sha256 {digest}", f"sha256 {listed[name]['sha256']}")
