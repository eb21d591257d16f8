"""Which failures of ClickHouse are waited out, and which end the worker."""

from __future__ import annotations

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import (
    ClickHouseError,
    DatabaseError,
    OperationalError,
    ProgrammingError,
)

from sinks.clickhouse.failures import explanation, first_line, transient

PASSING = {
    3: "UNEXPECTED_END_OF_FILE", 32: "ATTEMPT_TO_READ_AFTER_EOF", 75: "CANNOT_WRITE_TO_FILE_DESCRIPTOR",
    159: "TIMEOUT_EXCEEDED", 164: "READONLY", 202: "TOO_MANY_SIMULTANEOUS_QUERIES", 209: "SOCKET_TIMEOUT",
    210: "NETWORK_ERROR", 236: "ABORTED", 241: "MEMORY_LIMIT_EXCEEDED", 242: "TABLE_IS_READ_ONLY",
    243: "NOT_ENOUGH_SPACE", 252: "TOO_MANY_PARTS", 319: "UNKNOWN_STATUS_OF_INSERT",
    394: "QUERY_WAS_CANCELLED", 439: "CANNOT_SCHEDULE_TASK", 999: "KEEPER_EXCEPTION",
}  # fmt: skip
LASTING = {
    16: "NO_SUCH_COLUMN_IN_TABLE", 47: "UNKNOWN_IDENTIFIER", 53: "TYPE_MISMATCH", 60: "UNKNOWN_TABLE", 62: "SYNTAX_ERROR",
    81: "UNKNOWN_DATABASE", 117: "INCORRECT_DATA", 192: "UNKNOWN_USER", 497: "ACCESS_DENIED",
    516: "AUTHENTICATION_FAILED",
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "passes"), [*((code, True) for code in PASSING), *((code, False) for code in LASTING)]
)
def test_by_code(code: int, passes: bool) -> None:
    name = (PASSING | LASTING)[code]
    text = f"Code: {code}. DB::Exception: what happened. ({name})"
    assert transient(DatabaseError(text)) is passes
    assert transient(DatabaseError(f"Received ClickHouse exception, code: {code}", code=code)) is passes
    assert transient(OperationalError(text, code=code)) is passes, "the code knows better than the class"


@pytest.mark.parametrize("code", sorted(PASSING))
def test_codes_are_the_engines_own(client: Client, code: int) -> None:
    assert client.query(f"SELECT errorCodeToName({code})").result_rows == [(PASSING[code],)]


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (OperationalError("Error executing HTTP request"), True),
        (ConnectionResetError("reset by peer"), True),
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (DatabaseError("HTTP driver received HTTP status 503, server response: upstream"), True),
        (DatabaseError("HTTP driver received HTTP status 502"), True),
        (DatabaseError("HTTP driver received HTTP status 504"), True),
        (DatabaseError("HTTP driver received HTTP status 404"), False),
        (DatabaseError("HTTP driver received HTTP status 401"), False),
        (DatabaseError("no code at all"), False),
        (ProgrammingError("The client has been closed"), False),
        (PermissionError("no"), False),
        (ValueError("no"), False),
    ],
)
def test_without_a_code(error: Exception, passes: bool) -> None:
    assert transient(error) is passes


def test_a_wrong_statement_on_the_real_engine(client: Client) -> None:
    with pytest.raises(ClickHouseError) as caught:
        client.query("SELECT * FROM nowhere")
    assert not transient(caught.value)
    assert "UNKNOWN_TABLE" in first_line(caught.value)


def test_memory_on_the_real_engine(client: Client) -> None:
    with pytest.raises(ClickHouseError) as caught:
        client.query("SELECT groupArray(number) FROM numbers(10000000) SETTINGS max_memory_usage = 1000000")
    assert transient(caught.value)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("\n\nfirst\nsecond"), "first"),
        (ValueError(""), "ValueError"),
        (ValueError("x" * 1000), "x" * 500),
    ],
)
def test_an_operator_reads_one_line(error: Exception, line: str) -> None:
    assert first_line(error) == line


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (60, "run `pulse migrate`"), (47, "run `pulse migrate`"), (81, "no such database"), (497, "lacks a right"),
        (516, "user or password is wrong"), (192, "account is not known"), (243, "disk is full"), (241, "not enough memory"),
        (164, "may only read"), (202, "too much is asked"), (999, "does not answer as it should"),
    ],
)  # fmt: skip
def test_what_a_person_must_do_is_said(code: int, words: str) -> None:
    raw = (
        f"Received ClickHouse exception, code: {code}, server response: Code: {code}. DB::Exception: what was. (NAME) "
        f"(version 26.9.1 (official build)) (for url http://h:8123)"
    )
    said = explanation(DatabaseError(raw, code=code))
    assert said is not None
    assert words in said
    assert "http" not in said.replace("http://user", "")
    assert "version" not in said
    assert "\n" not in said


@pytest.mark.parametrize("code", [62, 53, 117, 386])
def test_a_wrong_statement_is_a_bug_of_ours(code: int) -> None:
    assert explanation(DatabaseError(f"Code: {code}. DB::Exception: what happened", code=code)) is None
    assert explanation(ProgrammingError("The client has been closed")) is None
    assert explanation(ValueError("Code: 60")) is None


def test_on_the_real_engine(client: Client) -> None:
    with pytest.raises(ClickHouseError) as caught:
        client.query("SELECT * FROM nowhere")
    said = explanation(caught.value)
    assert said is not None
    assert said.endswith(
        "(Unknown table expression identifier 'nowhere'. In scope SELECT * FROM nowhere. (UNKNOWN_TABLE))"
    )
