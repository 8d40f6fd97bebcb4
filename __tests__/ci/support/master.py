"""A real master on 127.0.0.1 with SQLite, and runners that are processes or, through a stand-in API, pods."""

from __future__ import annotations

import base64
import contextlib
import http.cookiejar
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent
PASSWORD = "generated-password"
WEBHOOK_PASSWORD = "generated-webhook-password"

T = TypeVar("T")

MLOPS = """#!/bin/sh
# Says what it was asked for; waits while `hold` exists, fails while `fail` does.
echo "mlops $*"
env | grep ^MLOPS_ | sort
while [ -e "$CONTROL/hold" ]; do sleep 0.1; done
if [ -e "$CONTROL/fail" ]; then echo "it failed"; exit 5; fi
"""
MAKEFILE = """check test publish:
\t@echo "make $@"; cat source.txt; if grep -q broken source.txt; then exit 2; fi
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(question: Callable[[], T | None], seconds: float = 30, what: str = "the answer") -> T:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = question()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within {seconds} s")


class Repository:
    """A git repository with what builders call."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.control = folder.parent / "control"
        self.control.mkdir()
        (folder / "scripts").mkdir(parents=True)
        self._program("mlops", MLOPS)
        self._program("scripts/ci-workspace", "#!/bin/sh\necho workspace\n")
        (folder / "Makefile").write_text(MAKEFILE)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit("works")

    def _program(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o755)

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", f"safe.directory={self.folder}"]
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, source: str) -> str:
        (self.folder / "source.txt").write_text(f"{source}\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", source)
        return self.git("rev-parse", "HEAD")


class Ci:
    """The master, its REST API and its runners."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.repository = Repository(folder / "repository")
        self.port, self.worker_port = free_port(), free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._cookies = http.cookiejar.CookieJar()
        self._session: urllib.request.OpenerDirector | None = None
        (folder / "credentials").mkdir(parents=True)
        for name, text in {
            "password": PASSWORD,
            "webhook-password": WEBHOOK_PASSWORD,
            "runner-password": "runner",
        }.items():
            (folder / "credentials" / name).write_text(text)
        (folder / "gitconfig").write_text(
            f"[safe]\n\tdirectory = {self.repository.folder}\n\tdirectory = {self.repository.folder}/.git\n"
        )
        (folder / "master").mkdir()
        self.settings = {
            "url": f"{self.url}/",
            "port": self.port,
            "workerPort": self.worker_port,
            "database": f"sqlite:///{folder}/master/state.sqlite",
            "credentials": str(folder / "credentials"),
            "platform": str(self.repository.folder),
            "repository": {"url": str(self.repository.folder), "branch": "main", "pollSeconds": 1},
            "models": ["fraud", "churn"],
            "parallel": 1,
            **settings,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, inside: Sequence[str] = ()) -> Ci:
        """:param inside: a command that runs another one, which follows it"""
        (self.folder / "settings.json").write_text(json.dumps(self.settings))
        environment = {
            **self._environment(),
            "CI_SETTINGS": str(self.folder / "settings.json"),
            "CI_FOLDER": str(self.folder / "master"),
            "CI_CODE": str(ROOT),
        }
        self._spawn("master", [*inside, str(ROOT / "ci/run-master")], self.folder, environment)
        eventually(self._answers, 60, "the master's web UI")
        return self

    def start_runners(self) -> Ci:
        for name in [*(f"runner-{number}" for number in range(1, self.settings["parallel"] + 1)), "operator"]:
            self.spawn_runner(name, "runner", self.worker_port)
        return self

    def spawn_runner(self, name: str, password: str, port: int) -> subprocess.Popen[bytes]:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        environment = {
            **self._environment(),
            "BUILDMASTER": "127.0.0.1",
            "BUILDMASTER_PORT": str(port),
            "WORKERNAME": name,
            "WORKERPASS": password,
            "CONTROL": str(self.repository.control),
        }
        twistd = [str(BIN / "twistd"), "--nodaemon", "--pidfile=", f"--python={ROOT}/ci/worker.tac"]
        return self._spawn(name, twistd, folder, environment)

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "GIT_CONFIG_GLOBAL": str(self.folder / "gitconfig"),
            "GIT_CONFIG_SYSTEM": "/dev/null",
        }

    def _spawn(self, name: str, command: list[str], cwd: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=cwd, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.processes[name] = process
        return process

    def _answers(self) -> bool:
        if self.processes["master"].poll() is not None:
            raise AssertionError(f"the master ended:\n{self.log('master')[-4000:]}")
        try:
            return bool(self.get("masters"))
        except OSError:
            return False

    def stop(self, name: str, number: int = signal.SIGTERM) -> None:
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        process.wait(30)

    def close(self) -> None:
        for name in list(self.processes):
            self.stop(name, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def get(self, path: str) -> Any:
        with self.session().open(f"{self.url}/api/v2/{path}", timeout=10) as answer:
            return json.load(answer)

    def session(self) -> urllib.request.OpenerDirector:
        """Of the administrator. It outlives the master."""
        if self._session is None:
            self._session = logged_in(self.url, PASSWORD, self._cookies)
        return self._session

    def cookie(self) -> str:
        """The same session, as a header."""
        self.session()
        return "; ".join(f"{each.name}={each.value}" for each in self._cookies)

    def raw_log(self, build: dict[str, Any]) -> str:
        """Everything that a build's steps printed."""
        text = ""
        for step in self.get(f"builds/{build['buildid']}/steps")["steps"]:
            for log in self.get(f"steps/{step['stepid']}/logs")["logs"]:
                text += "".join(each["content"] for each in self.get(f"logs/{log['logid']}/contents")["logchunks"])
        return text

    def builds(self, builder: str) -> list[dict[str, Any]]:
        found = self.get(f"builders/{builder}/builds?order=number&property=*")["builds"]
        return list(found)

    def finished(self, builder: str, count: int = 1, seconds: float = 30) -> list[dict[str, Any]]:
        def done() -> list[dict[str, Any]] | None:
            builds = [each for each in self.builds(builder) if each["complete"]]
            return builds if len(builds) >= count else None

        try:
            return eventually(done, seconds, f"{count} finished builds of {builder}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log('master')[-6000:]}") from error

    def force(self, name: str, password: str | None = PASSWORD, **parameters: Any) -> tuple[int, Any]:
        """Presses a button, as `mlops` does: log in, then ask."""
        try:
            opener = urllib.request.build_opener() if password is None else logged_in(self.url, password)
        except urllib.error.HTTPError as error:
            return error.code, None
        body = {"jsonrpc": "2.0", "id": 1, "method": "force", "params": parameters}
        request = urllib.request.Request(
            f"{self.url}/api/v2/forceschedulers/{name}",
            data=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        return answered(opener, request)

    def webhook(
        self, body: Any, password: str | None = WEBHOOK_PASSWORD, path: str = "alertmanager"
    ) -> tuple[int, str]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {} if password is None else basic("alertmanager", password)
        request = urllib.request.Request(
            f"{self.url}/change_hook/{path}", data=data, headers={"content-type": "application/json", **headers}
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def logged_in(
    url: str, password: str, cookies: http.cookiejar.CookieJar | None = None
) -> urllib.request.OpenerDirector:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    opener.open(urllib.request.Request(f"{url}/auth/login", headers=basic("admin", password)), timeout=10).close()
    return opener


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def answered(opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> tuple[int, Any]:
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        try:
            return error.code, json.loads(text)
        except ValueError:
            return error.code, text


def firing(model: str = "fraud", fingerprint: str = "0123456789abcdef", **changes: Any) -> dict[str, Any]:
    """One alert of Alertmanager's message."""
    return {
        "status": "firing",
        "labels": {"alertname": "QualityBelowGate", "model": model, "severity": "page"},
        "annotations": {},
        "startsAt": "2026-03-01T12:00:00.000Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus/graph",
        "fingerprint": fingerprint,
        **changes,
    }


def message(*alerts: dict[str, Any]) -> dict[str, Any]:
    return {"version": "4", "groupKey": "{}", "status": "firing", "receiver": "training", "alerts": list(alerts)}
