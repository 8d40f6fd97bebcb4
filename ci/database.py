"""The master's database: waited for before the master starts, and watched while it runs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy
from buildbot.util.service import BuildbotService
from twisted.internet import defer, task
from twisted.python import log

from ci.settings import load

EVERY_SECONDS = 5
PATIENCE_SECONDS = 10
"""How long an answer may take. A lost network closes no connection."""
LOST_AFTER = 2
"""Checks in a row that fail: a connection that was closed is opened anew by the next one."""


def wait(url: str, pause: Callable[[float], None] = time.sleep) -> None:
    """Returns once the database answers."""
    engine = sqlalchemy.create_engine(url)
    while True:
        try:
            engine.connect().close()
        except sqlalchemy.exc.OperationalError as error:
            sys.stdout.write(f"waiting for the database: {error.orig}\n")
            pause(1)
        else:
            engine.dispose()
            return


class DatabaseWatch(BuildbotService):
    """
    Ends a master that cannot write to its database. Buildbot then cannot note how a build ended: it would wait for that
    build, and hold its runner, for ever. The next master runs such builds again.
    """

    name: str | None = "database-watch"

    def reconfigService(self, end: Callable[[int], Any] = os._exit) -> None:
        self.end = end
        self.failed = 0
        self.loop = task.LoopingCall(self.check)

    def checkConfig(self, end: Callable[[int], Any] = os._exit) -> None:
        """Every choice is valid."""

    @defer.inlineCallbacks
    def startService(self) -> Any:
        yield super().startService()
        self.loop.clock = self.master.reactor
        self.loop.start(EVERY_SECONDS, now=False).addErrback(log.err, "watching the database")

    @defer.inlineCallbacks
    def stopService(self) -> Any:
        if self.loop.running:
            self.loop.stop()
        yield super().stopService()

    @defer.inlineCallbacks
    def check(self) -> Any:
        try:
            yield self.master.db.pool.do_with_transaction(_write).addTimeout(PATIENCE_SECONDS, self.master.reactor)
        except Exception as error:
            self.failed += 1
            log.msg(f"the database takes nothing ({self.failed} of {LOST_AFTER}): {getattr(error, 'orig', error)!r}")
            if self.failed >= LOST_AFTER:
                self.end(1)
        else:
            self.failed = 0


def _write(connection: Any) -> None:
    """Changes a row to what it is: a database whose disk is full still answers questions."""
    connection.execute(sqlalchemy.text("UPDATE masters SET last_active = last_active"))


if __name__ == "__main__":
    wait(load().database)
