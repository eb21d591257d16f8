"""Access control: open to everybody, by a shared password, or to users whom a reverse proxy has signed in."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from dashboards.web.address import View
from dashboards.web.markup import Html, tag
from dashboards.web.texts import say

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "pulse_board"
DAYS = 30
PATIENCE = 1.0
"""Seconds until a wrong password is answered."""

_LARGEST = 4096
"""The most bytes that are read of a sign-in form."""


class Gate:
    """ASGI middleware in front of the whole board, for pages and websockets."""

    def __init__(self, app: App, password: str, user_header: str) -> None:
        """`password`: the shared password, "" for none. `user_header`: the header in which a proxy names the
        signed-in user, "" for none."""
        self._app, self._user_header = app, user_header.lower().encode("latin-1")
        self._password = password.encode()
        # The ticket is derived from the password: it stays valid after a restart and ends when the password changes.
        self._ticket = (
            hashlib.scrypt(self._password, salt=b"city-pulse board", n=2**14, r=8, p=1).hex()
            if password
            else ""
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward permitted requests. Others get the sign-in form or are refused."""
        if scope["type"] == "lifespan" or self._may(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4401})
        elif self._user_header:
            await _answer(send, 403, _page(tag("p", say("zh", "no_user")), tag("p", say("en", "no_user"))))
        elif scope["method"] == "POST" and scope["path"] == "/enter":
            await self._enter(scope, receive, send)
        else:
            await _answer(send, 401, _form(scope, wrong=False))

    def _may(self, scope: Scope) -> bool:
        if self._user_header:
            return any(name == self._user_header and value.strip() for name, value in scope["headers"])
        if not self._password:
            return True
        cookies = SimpleCookie()
        for name, value in scope["headers"]:
            if name == b"cookie":
                cookies.load(value.decode("latin-1"))
        return COOKIE in cookies and hmac.compare_digest(cookies[COOKIE].value, self._ticket)

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        text = b""
        while True:
            message = await receive()
            text += message.get("body", b"")
            if len(text) > _LARGEST or not message.get("more_body"):
                break
        form = parse_qs(text[:_LARGEST].decode("utf-8", "replace"))
        if not hmac.compare_digest(form.get("password", [""])[0].encode(), self._password):
            await asyncio.sleep(PATIENCE)
            await _answer(send, 401, _form(scope, wrong=True))
            return
        target = form.get("to", ["/"])[0]
        if not target.startswith("/") or target.startswith(("//", "/\\")) or not target.isprintable():
            target = "/"
        secure = "; Secure" if scope.get("scheme") == "https" else ""
        cookie = f"{COOKIE}={self._ticket}; Path=/; Max-Age={DAYS * 86_400}; HttpOnly; SameSite=Lax{secure}"
        headers = [(b"location", target.encode("utf-8")), (b"set-cookie", cookie.encode("ascii"))]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def _form(scope: Scope, *, wrong: bool) -> Html:
    query = {
        key: values[0]
        for key, values in parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True).items()
    }
    lang = View.of("/", query).lang
    target = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
    return _page(
        tag("label", say(lang, "password"), for_="password"),
        tag(
            "input",
            id="password",
            name="password",
            type="password",
            autocomplete="current-password",
            autofocus=True,
            required=True,
        ),
        tag("input", type="hidden", name="to", value="/" if scope["path"] == "/enter" else target),
        tag("button", say(lang, "enter"), type="submit"),
        tag("p", say(lang, "wrong_password"), role="alert") if wrong else None,
    )


_STYLE = (
    "body{font:16px/1.6 'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;display:grid;place-items:center;"
    "min-height:100vh;margin:0;background:#F5F4F0;color:#1B2129}form{display:grid;gap:12px;width:min(20rem,80vw)}"
    "input,button{font:inherit;padding:10px 12px;border:1px solid #8b949e;border-radius:6px}"
    "button{background:#1D4E7E;color:#fff;border:0}p{margin:0;color:#8C1D18}"
)


def _page(*children: Html | None) -> Html:
    form = tag("form", list(children), method="post", action="/enter")
    head = tag("head", tag("meta", charset="utf-8"), tag("meta", name="viewport", content="width=device-width"),
               tag("title", "City Pulse"), tag("style", Html(_STYLE)))  # fmt: skip
    return Html("<!doctype html>" + tag("html", head, tag("body", tag("main", form)), lang="zh-CN"))


async def _answer(send: Send, status: int, page: Html) -> None:
    headers = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": page.encode()})
