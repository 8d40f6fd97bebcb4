"""How crane is called: TLS is checked wherever it is spoken."""

import os
from pathlib import Path

import pytest

from pipeline.oci import OciRegistry


@pytest.mark.parametrize(
    ("host", "insecure"),
    [
        ("registry.mlops-registry.svc.cluster.local:5000", True),
        ("registry.example:5443/team", False),
        ("registry.example/svc.cluster.local", False),
        ("127.0.0.1:5001", False),
    ],
)
def test_http_is_spoken_inside_the_cluster_only(
    host: str, insecure: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crane = tmp_path / "crane"
    crane.write_text('#!/bin/sh\necho "$@"\n')
    crane.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    called = OciRegistry(host).digest("models/fraud:1")
    assert called == f"digest {host}/models/fraud:1{' --insecure' if insecure else ''}"
