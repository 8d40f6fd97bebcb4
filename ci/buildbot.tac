"""The master, with its log on standard output. Buildbot's commands look for Application('buildmaster') in this text."""

import os
import sys

from buildbot.master import BuildMaster
from twisted.application import service
from twisted.python.log import FileLogObserver, ILogObserver

basedir = os.environ["CI_FOLDER"]
configfile = os.path.join(os.environ["CI_CODE"], "ci", "master.cfg")
sys.path.insert(0, os.environ["CI_CODE"])

application = service.Application('buildmaster')
application.setComponent(ILogObserver, FileLogObserver(sys.stdout).emit)
BuildMaster(basedir, configfile).setServiceParent(application)
