from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlencode

import pytest

from dashboards.web import access
from dashboards.web.access import COOKIE, Gate


async def board(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})


async def ask(
    gate: Gate, path: str = "/", *, form: dict[str, str] | None = None, kind: str = "http", **headers: str
) -> list[Any]:
    sent: list[Any] = []
    scope = {
        "type": kind, "method": "POST" if form is not None else "GET", "path": path, "query_string": b"lang=en",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip

    async def receive() -> Any:
        return {"type": "http.request", "body": urlencode(form or {}).encode()}

    async def send(message: Any) -> None:
        sent.append(message)

    await gate(scope, receive, send)
    return sent


async def test_without_a_lock_the_door_is_open() -> None:
    assert (await ask(Gate(board, "", "")))[0]["status"] == 200


async def test_a_password_is_asked_for_once() -> None:
    gate = Gate(board, "秘密", "")
    refused = await ask(gate, "/action/3")
    assert refused[0]["status"] == 401
    assert b'value="/action/3?lang=en"' in refused[1]["body"]
    let_in = await ask(gate, "/enter", form={"password": "秘密", "to": "/action/3?lang=en"})
    headers = dict(let_in[0]["headers"])
    assert let_in[0]["status"] == 303
    assert headers[b"location"] == b"/action/3?lang=en"
    cookie = headers[b"set-cookie"].decode().split(";")[0]
    assert b"HttpOnly" in headers[b"set-cookie"]
    assert (await ask(gate, cookie=cookie))[0]["status"] == 200
    assert (await ask(Gate(board, "秘密", ""), cookie=cookie))[0]["status"] == 200, (
        "a restart must not send viewers out"
    )
    assert (await ask(Gate(board, "another", ""), cookie=cookie))[0]["status"] == 401


async def test_a_wrong_password_waits_and_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "PATIENCE", 0.0)
    answer = await ask(Gate(board, "right", ""), "/enter", form={"password": "wrong"})
    assert answer[0]["status"] == 401
    assert b"not the password" in answer[1]["body"]
    assert (await ask(Gate(board, "right", ""), cookie=f"{COOKIE}=guess"))[0]["status"] == 401


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example", "/\\evil.example", "/a\r\nset-cookie: x=1"]
)
async def test_nobody_is_sent_elsewhere(target: str) -> None:
    let_in = await ask(Gate(board, "p", ""), "/enter", form={"password": "p", "to": target})
    assert dict(let_in[0]["headers"])[b"location"] == b"/"


async def test_a_proxy_s_user_comes_in_and_nobody_else() -> None:
    gate = Gate(board, "", "X-Forwarded-User")
    assert (await ask(gate, x_forwarded_user="li"))[0]["status"] == 200
    assert (await ask(gate))[0]["status"] == 403
    assert (await ask(gate, x_forwarded_user=" "))[0]["status"] == 403


async def test_live_connections_pass_the_same_gate() -> None:
    assert (await ask(Gate(board, "p", ""), kind="websocket"))[0]["type"] == "websocket.close"
