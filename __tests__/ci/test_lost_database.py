"""A real master that cannot write to its database: it ends, and the next one runs its builds again."""

import random
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from __tests__.ci.support.master import Ci, eventually

SUCCESS, RETRY = 0, 5
FINAL_SECONDS = 60
VOLUME = "40m"
IN_A_SMALL_VOLUME = ["unshare", "--mount", "--map-root-user", "sh", "-c"]


def has_ended(ci: Ci) -> bool:
    return ci.processes["master"].poll() is not None


def running(ci: Ci) -> Any:
    """A build that waits for the test."""
    (ci.repository.control / "hold").touch()
    assert ci.force("force-deploy", model="fraud", version="1")[0] == 200

    def found() -> bool:
        builds = [each for each in ci.builds("deploy") if not each["complete"]]
        return any("mlops deploy" in ci.raw_log(each) for each in builds)

    eventually(found, 30, "a running build")


@pytest.fixture
def ci(tmp_path: Path) -> Iterator[Ci]:
    platform = Ci(tmp_path / "ci")
    try:
        yield platform
    finally:
        platform.close()


def test_a_master_without_its_tables_ends_and_the_next_one_runs_the_build_again(ci: Ci) -> None:
    ci.start().start_runners()
    running(ci)
    database = sqlite3.connect(ci.folder / "master" / "state.sqlite", timeout=20)
    database.execute("ALTER TABLE masters RENAME TO lost")
    eventually(lambda: has_ended(ci), 30, "the end of the master")
    assert ci.processes["master"].returncode == 1
    assert "the database takes nothing (2 of 2)" in ci.log("master")

    database.execute("ALTER TABLE lost RENAME TO masters")
    database.close()
    for name in list(ci.processes):
        ci.stop(name)
    (ci.repository.control / "hold").unlink()
    ci.start().start_runners()
    eventually(
        lambda: [each["results"] for each in ci.builds("deploy")] == [RETRY, SUCCESS],
        FINAL_SECONDS,
        "the second attempt",
    )


def test_a_commit_that_the_database_did_not_take_is_tested_later(ci: Ci) -> None:
    ci.start().start_runners()
    eventually(lambda: "processing changes" in ci.log("master"), 30, "the first look at the repository")
    database = sqlite3.connect(ci.folder / "master" / "state.sqlite", timeout=20)
    database.execute("ALTER TABLE changes RENAME TO lost")
    ci.repository.commit("works while changes cannot be written")
    eventually(lambda: "trying to poll branch" in ci.log("master"), 30, "a look that failed")
    assert ci.builds("test") == []

    database.execute("ALTER TABLE lost RENAME TO changes")
    database.close()
    [build] = ci.finished("test", 1, FINAL_SECONDS)
    assert build["results"] == SUCCESS


def may_mount() -> bool:
    done = subprocess.run([*IN_A_SMALL_VOLUME, "mount -t tmpfs tmpfs /mnt"], capture_output=True, check=False)
    return done.returncode == 0


in_a_small_volume = pytest.mark.skipif(not may_mount(), reason="this machine gives nobody a mount namespace")
MOUNT = [*IN_A_SMALL_VOLUME, f'mount -t tmpfs -o size={VOLUME} tmpfs "$CI_FOLDER" && exec "$0" "$@"']


class Filler:
    """Takes what is left of the volume of the master, which has it for itself."""

    def __init__(self, ci: Ci) -> None:
        self.path = Path(f"/proc/{ci.processes['master'].pid}/root{ci.folder}/master/filler")
        # Open for good: the path ends with the master.
        self.file = self.path.open("wb", buffering=0)
        self.fill()

    def fill(self) -> None:
        """Takes also what was given back meanwhile: a transaction's journal, git's temporary files."""
        with pytest.raises(OSError, match="No space left"):  # noqa: PT012
            while True:
                self.file.write(bytes(2**12))


def failed_looks(ci: Ci) -> int:
    """How often git failed. Its words differ: of a file that it copies it does not say that the volume is full."""
    return len(re.findall(r"on repourl \S+ failed with exit code \d", ci.log("master")))


@in_a_small_volume
def test_a_master_whose_database_has_no_space_ends(ci: Ci) -> None:
    ci.start(MOUNT).start_runners()
    running(ci)
    filler = Filler(ci)

    def ended_on_a_full_volume() -> bool:
        filler.fill()
        return has_ended(ci)

    eventually(ended_on_a_full_volume, 45, "the end of the master")
    assert ci.processes["master"].returncode == 1
    assert "the database takes nothing (2 of 2)" in ci.log("master")


@in_a_small_volume
def test_a_master_whose_own_volume_is_full_goes_on_and_tests_commits_later(tmp_path: Path) -> None:
    ci = Ci(tmp_path / "ci", database=f"sqlite:///{tmp_path}/state.sqlite")
    try:
        ci.start(MOUNT).start_runners()
        eventually(lambda: "processing changes" in ci.log("master"), 30, "the first look at the repository")
        filler = Filler(ci)
        # A look that was under way gives a few pages back: far fewer than this commit needs.
        (ci.repository.folder / "large").write_bytes(random.Random(0).randbytes(2**20))
        ci.repository.commit("works while the volume is full")
        before = failed_looks(ci)
        for number in [1, 2]:
            assert ci.force("force-deploy", model="fraud", version="1")[0] == 200
            assert ci.finished("deploy", number)[-1]["results"] == SUCCESS
        # The first of the two may have begun before the commit.
        eventually(lambda: failed_looks(ci) >= before + 2, FINAL_SECONDS, "two failed looks at the repository")
        assert ci.get("changes")["changes"] == []
        assert ci.builds("test") == []
        filler.file.close()
        filler.path.unlink()
        [build] = ci.finished("test", 1, FINAL_SECONDS)
        assert build["results"] == SUCCESS
    finally:
        ci.close()


@in_a_small_volume
def test_a_master_that_starts_on_a_full_volume_says_so_and_ends(tmp_path: Path) -> None:
    ci = Ci(tmp_path / "ci", database=f"sqlite:///{tmp_path}/state.sqlite")
    full = MOUNT[-1].replace("&& exec", '&& (cat /dev/zero >"$CI_FOLDER/filler" 2>/dev/null; true) && exec')
    try:
        with pytest.raises(AssertionError, match="No space left on device"):
            ci.start([*MOUNT[:-1], full])
    finally:
        ci.close()
