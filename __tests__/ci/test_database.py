"""The database of the master: waited for, and missed."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy
from twisted.internet import defer, task

from ci.database import PATIENCE_SECONDS, DatabaseWatch, wait


def test_waits_until_the_database_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "later"
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            folder.mkdir()

    wait(f"sqlite:///{folder}/state.sqlite", pause)
    assert len(pauses) == 3
    assert capsys.readouterr().out.count("waiting for the database: unable to open database file") == 3


class Pool:
    """Answers while it is up."""

    up = True
    silent = False

    def do_with_transaction(self, _change: Any) -> defer.Deferred[None]:
        if self.silent:
            return defer.Deferred()
        if self.up:
            return defer.succeed(None)
        return defer.fail(sqlalchemy.exc.OperationalError("UPDATE", {}, ConnectionRefusedError("refused")))


@pytest.fixture
def watched() -> tuple[Pool, DatabaseWatch, list[int]]:
    pool, ended = Pool(), list[int]()
    watch = DatabaseWatch()
    watch.reconfigService(end=ended.append)
    watch.parent = SimpleNamespace(master=SimpleNamespace(db=SimpleNamespace(pool=pool), reactor=task.Clock()))
    return pool, watch, ended


def test_a_master_whose_database_is_lost_ends(watched: tuple[Pool, DatabaseWatch, list[int]]) -> None:
    pool, watch, ended = watched
    watch.check()
    pool.up = False
    watch.check()
    assert ended == []
    watch.check()
    assert ended == [1]


def test_a_master_that_missed_one_answer_goes_on(watched: tuple[Pool, DatabaseWatch, list[int]]) -> None:
    pool, watch, ended = watched
    for up in [False, True, False, True, False]:
        pool.up = up
        watch.check()
    assert ended == []


def test_a_master_whose_database_does_not_answer_ends(watched: tuple[Pool, DatabaseWatch, list[int]]) -> None:
    pool, watch, ended = watched
    pool.silent = True
    for _ in range(2):
        watch.check()
        assert ended == []
        watch.master.reactor.advance(PATIENCE_SECONDS)
    assert ended == [1]
