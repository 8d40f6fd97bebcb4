"""The package layer: layout, determinism, and nothing but what was trained."""

import io
import json
import tarfile

import pytest

from pipeline.errors import PipelineError
from pipeline.layer import build_tar, verify_layer, with_manifest

FILES = {"model.onnx": b"trees", "card.md": b"# card", "lineage.json": b"{}", "reference.json": b"{}"}


def layer(**changes: bytes) -> bytes:
    files = with_manifest(FILES, {"name": "fraud"})
    return build_tar("model", {**files, **{name.replace("_", "."): data for name, data in changes.items()}})


def members(data: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return tar.getmembers()


def test_the_layer_holds_the_files_under_model_sorted() -> None:
    names = [member.name for member in members(layer())]
    assert names == [
        "model",
        "model/card.md",
        "model/lineage.json",
        "model/model.json",
        "model/model.onnx",
        "model/reference.json",
    ]


def test_the_layer_has_no_times_and_no_owner() -> None:
    assert {(member.mtime, member.uid, member.gid, member.uname, member.gname) for member in members(layer())} == {
        (0, 0, 0, "", "")
    }


def test_files_are_readable_by_all_and_the_folder_can_be_entered() -> None:
    assert [oct(member.mode) for member in members(layer())] == ["0o755", *["0o644"] * 5]


def test_equal_files_give_equal_bytes_in_any_order() -> None:
    backwards = dict(reversed(with_manifest(FILES, {"name": "fraud"}).items()))
    assert build_tar("model", backwards) == layer()


def test_the_manifest_lists_digest_and_size_of_every_other_file() -> None:
    manifest = json.loads(with_manifest(FILES, {"name": "fraud"})["model.json"])
    assert manifest["format"] == 1
    assert set(manifest["files"]) == set(FILES)
    assert manifest["files"]["model.onnx"] == {
        "sha256": "29d807300a961b0cbdb4f22cc5db866a43d20d87b1e17b7f50c91bab25089940",
        "bytes": 5,
    }


def test_a_sound_layer_passes() -> None:
    verify_layer(layer())


def test_a_changed_model_is_refused() -> None:
    with pytest.raises(PipelineError) as caught:
        verify_layer(layer(model_onnx=b"other"))
    assert str(caught.value) == (
        "the model package does not match the trained model: model.onnx\n"
        "  got:      sha256 d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa\n"
        "  expected: sha256 29d807300a961b0cbdb4f22cc5db866a43d20d87b1e17b7f50c91bab25089940\n"
        "  fix:      run the training again; nothing was published"
    )


def test_an_extra_file_is_refused() -> None:
    with pytest.raises(PipelineError, match="list of files"):
        verify_layer(layer(extra_sh=b"#!"))


def test_a_layer_without_manifest_is_refused() -> None:
    with pytest.raises(PipelineError, match=r"a tar layer with /model/model\.json"):
        verify_layer(build_tar("model", FILES))
