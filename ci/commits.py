"""Commits: looked for as Buildbot does, and lost by no failure."""

from __future__ import annotations

from typing import Any

from buildbot.changes import gitpoller
from twisted.internet import defer


class GitPoller(gitpoller.GitPoller):
    """
    Buildbot's poller counts a commit as seen even if it could not write it to the database, and never looks again. This
    one goes back to the last commit before it. Of several, those that were written are tested again.

    Its name is that of Buildbot's, under which the database keeps what it has seen.
    """

    def __init__(self, repourl: str, **kwargs: Any) -> None:
        super().__init__(repourl, **kwargs)
        self.unknown: dict[str, str | None] = {}

    @defer.inlineCallbacks
    def _process_changes(self, newRev: str, branch: str) -> Any:
        before = (self.lastRev or {}).get(branch)
        try:
            yield super()._process_changes(newRev, branch)
        except Exception:
            self.unknown[branch] = before
            raise

    def setState(self, key: str, value: Any) -> Any:
        # Of a poll: it has just made this its last revisions, whatever failed.
        for branch, before in self.unknown.items():
            if before is None:
                value.pop(branch, None)
            else:
                value[branch] = before
        self.unknown.clear()
        return super().setState(key, value)
