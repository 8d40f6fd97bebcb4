"""A build whose runner is lost runs once more, not for ever (buildbot#5354)."""

from __future__ import annotations

from typing import Any

from buildbot.data.resultspec import Filter
from buildbot.process.build import Build
from buildbot.process.results import CANCELLED, EXCEPTION, RETRY, worst_status
from twisted.internet import defer
from twisted.python import log
from twisted.python.failure import Failure

from ci.errors import Problem
from ci.pod_status import Diagnosis
from ci.pod_worker import PodWorker

MAX_ATTEMPTS = 2
MASTER_STOPPED = Diagnosis(
    Problem(
        "The CI's master was stopped in mid-build.",
        "Master Shutdown",
        "a master that lives as long as its builds",
        "nothing to do: the next master runs the build again",
    ),
    final=False,
)
LOST = Diagnosis(
    Problem(
        "The connection to the runner was lost.",
        "no answer",
        "a runner that lives as long as its build",
        "check the cluster's nodes and network",
    ),
    final=False,
)


class CappedBuild(Build):
    """Ends with a reason that a person can act on, and after two attempts at most."""

    results: int
    _start_failure: Exception | None = None
    _master_stopped = False

    def stopBuild(self, reason: str = "<no reason given>", results: int = CANCELLED) -> Any:
        self._master_stopped = results == RETRY
        return super().stopBuild(reason, results)

    def buildPreparationFailure(self, why: Any, state_string: str) -> Any:
        self._start_failure = why.value if isinstance(why, Failure) else None
        return super().buildPreparationFailure(why, state_string)

    @defer.inlineCallbacks
    def buildFinished(self, text: list[str], results: int) -> Any:
        # The step that a stopping master interrupts ends as cancelled, before Buildbot notes that the build runs again.
        if self._master_stopped:
            self.results = results = RETRY
        if worst_status(self.results, results) == RETRY:
            final, reason = yield self._judge()
            text = [reason]
            if final:
                self.results = results = EXCEPTION
        yield super().buildFinished(text, results)

    @defer.inlineCallbacks
    def _judge(self) -> Any:
        """Whether this attempt is the last, and the build's state in words."""
        diagnosis = LOST
        try:
            diagnosis = yield self._diagnose()
            tried = yield self._attempts()
        except Exception as error:
            # The API server or the database is down: better one attempt too few than no end.
            log.err(error, "while asking why a runner was lost")
            return True, f"{diagnosis.problem} (not tried again: {error})"
        final = diagnosis.final or tried >= MAX_ATTEMPTS
        attempt = f"attempt {tried} of {MAX_ATTEMPTS}"
        return final, f"{diagnosis.problem} ({attempt if final else f'{attempt}; once more'})"

    @defer.inlineCallbacks
    def _attempts(self) -> Any:
        request = Filter("buildrequestid", "eq", [self.requests[0].id])
        return len((yield self.master.data.get(("builds",), filters=[request])))

    @defer.inlineCallbacks
    def _diagnose(self) -> Any:
        if self._master_stopped:
            return MASTER_STOPPED
        worker = self.workerforbuilder.worker
        if not isinstance(worker, PodWorker):
            return LOST
        if worker.diagnosis is not None:
            return worker.diagnosis
        if self._start_failure is not None:
            # The pod was already removed: asking for it would blame its removal.
            problem = Problem(
                "The runner did not start.",
                " ".join(str(each) for each in self._start_failure.args) or repr(self._start_failure),
                "a pod whose worker connects",
                "check the quota and the free resources of the cluster, then start the build again",
            )
            return Diagnosis(problem, final=False)
        return (yield worker.explain_loss()) or LOST
