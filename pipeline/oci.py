"""Pushes layers to an OCI registry through `crane`: no container engine, no daemon."""

import json
import re
import shutil
import subprocess
from pathlib import Path

from pipeline import errors

TIMEOUT_SECONDS = 300
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

    def _run(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        command = [str(self._crane), *arguments, *(["--insecure"] if IN_CLUSTER.match(self.host) else [])]
        try:
            return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise errors.oci_registry_failed("answer", self.host, f"no answer in {TIMEOUT_SECONDS} s") from error


def _reason(stderr: str) -> str:
    lines = [line for line in stderr.strip().splitlines() if line]
    return lines[-1] if lines else "crane failed without a message"
