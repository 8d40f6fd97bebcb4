"""Pushes layers to an OCI registry through `crane`: no container engine, no daemon."""

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

from pipeline import errors

TIMEOUT_SECONDS = 300
GZIP = b"\x1f\x8b"
IN_CLUSTER = re.compile(r"[^/]+\.svc\.cluster\.local(:\d+)?(/|$)")
ABSENT = re.compile(r"MANIFEST_UNKNOWN|NAME_UNKNOWN|404 Not Found")


class OciRegistry:
    """A registry at `host`: over TLS, except inside the cluster and on this machine.

    The login is the one that crane finds in the folder of DOCKER_CONFIG.
    """

    def __init__(self, host: str) -> None:
        self.host = host
        self._crane = shutil.which("crane")
        if self._crane is None:
            raise errors.tool_missing("crane")

    def digest(self, repository: str) -> str | None:
        """The digest of `name:tag`, or None if it does not exist."""
        reference = f"{self.host}/{repository}"
        answer = self._run(["digest", reference])
        if answer.returncode == 0:
            return answer.stdout.strip()
        if ABSENT.search(answer.stderr):
            return None
        raise errors.oci_registry_failed("give the digest of", reference, _reason(answer.stderr))

    def require(self, repository: str) -> None:
        """Raise unless `name:tag`, the base of packages, is there."""
        if self.digest(repository) is None:
            raise errors.oci_registry_failed("find", f"{self.host}/{repository}", "the base image is not there")

    def append(self, layer: Path, target: str, base: str | None) -> str:
        """Push `base` (if any) plus one layer as `name:tag`; return the image's digest."""
        onto = ["--base", f"{self.host}/{base}"] if base else ["--oci-empty-base"]
        reference = f"{self.host}/{target}"
        answer = self._run(["append", *onto, "--new_layer", str(layer), "--new_tag", reference])
        if answer.returncode != 0:
            raise errors.oci_registry_failed("store", reference, _reason(answer.stderr))
        digest = self.digest(target)
        if digest is None:
            raise errors.oci_registry_failed("keep", reference, "the tag is not there after the push")
        return digest

    def last_layer(self, name: str, digest: str) -> str:
        """Digest of the uncompressed last layer of an image."""
        reference = f"{self.host}/{name}@{digest}"
        answer = self._run(["config", reference])
        try:
            if answer.returncode == 0:
                return str(json.loads(answer.stdout)["rootfs"]["diff_ids"][-1])
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise errors.oci_registry_failed(
                "describe", reference, f"an answer that is no image config: {error}"
            ) from error
        raise errors.oci_registry_failed("describe", reference, _reason(answer.stderr))

    def read_last_layer(self, name: str, digest: str) -> bytes:
        """The last layer of an image, uncompressed."""
        reference = f"{self.host}/{name}@{digest}"
        manifest = self._run(["manifest", reference])
        if manifest.returncode != 0:
            raise errors.oci_registry_failed("find", reference, _reason(manifest.stderr))
        try:
            blob = f"{self.host}/{name}@{json.loads(manifest.stdout)['layers'][-1]['digest']}"
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise errors.oci_registry_failed(
                "describe", reference, f"an answer that is no image manifest: {error}"
            ) from error
        answer = self._run_binary(["blob", blob])
        if answer.returncode != 0:
            raise errors.oci_registry_failed("give", blob, _reason(answer.stderr.decode(errors="replace")))
        try:
            return gzip.decompress(answer.stdout) if answer.stdout.startswith(GZIP) else answer.stdout
        except (OSError, EOFError) as error:
            raise errors.oci_registry_failed("give", blob, f"not whole: {error}") from error

    def _run(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        answer = self._run_binary(arguments)
        out, err = (text.decode(errors="replace") for text in (answer.stdout, answer.stderr))
        return subprocess.CompletedProcess(answer.args, answer.returncode, out, err)

    def _run_binary(self, arguments: list[str]) -> subprocess.CompletedProcess[bytes]:
        command = [str(self._crane), *arguments, *(["--insecure"] if IN_CLUSTER.match(self.host) else [])]
        try:
            return subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise errors.oci_registry_failed("answer", self.host, f"no answer in {TIMEOUT_SECONDS} s") from error


def _reason(stderr: str) -> str:
    lines = [line for line in stderr.strip().splitlines() if line]
    return lines[-1] if lines else "crane failed without a message"
