"""A runner: connects to the master that started it, works for one build, and is removed with its pod."""

import os
import sys

from buildbot_worker.bot import Worker
from twisted.application import service
from twisted.python.log import FileLogObserver, ILogObserver

# The build's commands inherit what is left in the environment.
password = os.environ.pop("WORKERPASS")

application = service.Application("buildbot-worker")
application.setComponent(ILogObserver, FileLogObserver(sys.stdout).emit)
Worker(
    os.environ["BUILDMASTER"],
    int(os.environ["BUILDMASTER_PORT"]),
    os.environ["WORKERNAME"],
    password,
    os.getcwd(),
    keepalive=30,
    umask=0o022,
    # A master that has restarted starts new runners.
    maxRetries=3,
).setServiceParent(application)
