"""Who may use the web UI and its REST API, and who may send webhooks."""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Any

from buildbot.plugins import util
from buildbot.www import sse
from buildbot.www.auth import AuthRealm, CustomAuth, PreAuthenticatedLoginResource
from buildbot.www.resource import Redirect
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.portal import Portal
from twisted.internet import defer
from twisted.web.guard import HTTPAuthSessionWrapper
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

    def maybeAutoLogin(self, request: Any) -> Any:
        """Called for the start page: without a session, it could show nothing."""
        if self.master.www.getUserInfos(request).get("anonymous"):
            request.redirect(b"auth/login")
        return defer.succeed(None)

    def getLoginResource(self) -> Any:
        return HTTPAuthSessionWrapper(Portal(Realm(self.master, self), self.checkers), self.credentialFactories)


class Realm(AuthRealm):
    """Whoever knew the password."""

    def requestAvatar(self, avatarId: Any, mind: Any, *interfaces: Any) -> Any:
        interface, resource, logout = super().requestAvatar(avatarId, mind, *interfaces)
        return interface, LoggedIn(self.master, resource.username), logout


class LoggedIn(PreAuthenticatedLoginResource):
    """Starts a session and returns to the page that was asked for."""

    @defer.inlineCallbacks
    def renderLogin(self, request: Any) -> Any:
        try:
            yield super().renderLogin(request)
        except Redirect as there:
            if b"redirect" in request.args:
                raise
            # Buildbot would name its start page. Browsers keep what follows `#` unless they are given another.
            raise Redirect(self.base_url) from there


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
    """Only the administrator reads, starts, stops or changes anything. The web socket of the pages asks this, too."""
    return util.Authz(
        allowRules=[util.AnyEndpointMatcher(role="admins")],
        roleMatchers=[util.RolesFromUsername(roles=["admins"], usernames=[USER])],
    )


def close_event_stream() -> None:
    """Buildbot 4.3.0 gives its events at /sse to everybody, whatever the rules say. Its own pages do not use that."""
    sse.EventResource.render = _refuse


def _refuse(_resource: Any, request: Any) -> bytes:
    request.setResponseCode(403)
    return b"closed: use the REST API"
