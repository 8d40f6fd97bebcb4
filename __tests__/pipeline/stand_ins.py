"""What tests share: a finished training, and a stand-in for crane that can be told to fail."""

import json
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.run import Learnt

BASE_IMAGE = "base/model-server:1"
CRANE = """#!{python}
import gzip, hashlib, json, os, pathlib, sys
store = pathlib.Path(r"{folder}")
command, *rest = [word for word in sys.argv[1:] if word != "--insecure"]
with open(store / "calls", "a") as calls:
    print(" ".join([command, *rest]), file=calls)
if (store / f"fail-{{command}}").exists():
    sys.exit((store / f"fail-{{command}}").read_text())
tags = json.loads((store / "tags.json").read_text())
if command == "append":
    options = dict(zip(rest[::2], rest[1::2])) if rest[0] == "--base" else dict(zip(rest[1::2], rest[2::2]))
    layer = pathlib.Path(options["--new_layer"]).read_bytes()
    diff = "sha256:" + hashlib.sha256(layer).hexdigest()
    packed = gzip.compress(layer, mtime=0)
    blob = "sha256:" + hashlib.sha256(packed).hexdigest()
    (store / blob).write_bytes(packed)
    if (store / "corrupt").exists():
        diff = "sha256:" + "0" * 64
    base = options.get("--base", "")
    digest = "sha256:" + hashlib.sha256((base + diff).encode()).hexdigest()
    tags[digest] = blob
    tags[options["--new_tag"]] = digest
    tags[options["--new_tag"].rsplit(":", 1)[0] + "@" + digest] = diff
    (store / "tags.json").write_text(json.dumps(tags))
elif command == "digest":
    if rest[0] not in tags:
        sys.exit("Error: GET manifest: MANIFEST_UNKNOWN: manifest unknown")
    print(tags[rest[0]])
elif command == "manifest":
    print(json.dumps({{"layers": [{{"digest": "sha256:base"}}, {{"digest": tags[rest[0].split("@")[1]]}}]}}))
elif command == "blob":
    sys.stdout.buffer.write((store / rest[0].split("@")[1]).read_bytes())
elif command == "config":
    print(json.dumps({{"rootfs": {{"diff_ids": ["sha256:base", tags[rest[0]]]}}}}))
"""


@dataclass(frozen=True)
class Trained:
    """A finished training, and the folder it wrote to."""

    result: dict[str, Any]
    output: Path
    learnt: Learnt


class Oci:
    """The folder used by the stand-in for crane."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        crane = folder / "crane"
        crane.write_text(CRANE.format(python=sys.executable, folder=folder))
        crane.chmod(crane.stat().st_mode | stat.S_IXUSR)
        (folder / "tags.json").write_text(f'{{"registry.test:5000/{BASE_IMAGE}": "sha256:base"}}')

    def fail(self, command: str, reason: str) -> None:
        (self.folder / f"fail-{command}").write_text(reason)

    def recover(self) -> None:
        for file in self.folder.glob("fail-*"):
            file.unlink()

    def tags(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.folder / "tags.json").read_text())
        return found

    def write_tags(self, tags: dict[str, str]) -> None:
        (self.folder / "tags.json").write_text(json.dumps(tags))

    def calls(self, command: str) -> list[str]:
        return [line for line in (self.folder / "calls").read_text().splitlines() if line.startswith(f"{command} ")]
