"""Who may do what in the web UI, and who may send webhooks."""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Any

from buildbot.plugins import util
from buildbot.www.auth import CustomAuth
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.internet import defer
from zope.interface import implementer

USER = "admin"
WEBHOOK_USER = "alertmanager"


def matches(file: Path, user: str, username: bytes, password: bytes) -> bool:
    """Compares with the first line of a file, in a time that says nothing about it. No file or no password: nobody."""
    try:
        expected = file.read_bytes().strip()
    except OSError:
        return False
    right_user = hmac.compare_digest(username, user.encode())
    right_password = hmac.compare_digest(password, expected)
    return bool(expected) and right_user and right_password


class FileLogin(CustomAuth):
    """The generated password. It is read from its Secret at every login, so that a new one needs no restart."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file

    def check_credentials(self, username: bytes, password: bytes) -> bool:
        return matches(self.file, USER, username, password)


@implementer(ICredentialsChecker)
class FileChecker:
    """The same for webhooks."""

    credentialInterfaces = (IUsernamePassword,)

    def __init__(self, file: Path) -> None:
        self.file = file

    def requestAvatarId(self, credentials: Any) -> Any:
        if matches(self.file, WEBHOOK_USER, credentials.username, credentials.password):
            return defer.succeed(credentials.username)
        return defer.fail(UnauthorizedLogin())


def authorization() -> Any:
    """Everybody may read; only the administrator starts, stops or changes anything."""
    return util.Authz(
        allowRules=[util.AnyControlEndpointMatcher(role="admins")],
        roleMatchers=[util.RolesFromUsername(roles=["admins"], usernames=[USER])],
    )
