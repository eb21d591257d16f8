"""Records of which any byte may be wrong: what departments say, mutated. The same for each seed.

Keys, values, names and values of headers are bytes here, as they lie in Kafka; a client's library would not send most of
it. A record gets up to three mutations, or none, so that there is always something that counts.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from pulse.simulate.dispatch import Dispatch
from streams.partition import murmur2

LIMIT = 1_000_000
"""Bytes of the largest value that the contract reads."""

_FORGED = 10**12
"""Records that say of themselves that they were sent on name an offset from here on: no log of a test is that long."""

_Bytes = tuple[bytes, bytes | None]


class Raw(NamedTuple):
    """A record as it is to lie in Kafka."""

    topic: str
    """Bare system name."""
    partition: int
    timestamp: int | None
    """Milliseconds since the epoch, any number; None for the present."""
    key: bytes | None
    value: bytes | None
    headers: list[_Bytes]


def raw(sent: Dispatch, partitions: int) -> Raw:
    """A department's record, at the partition of its key or where it says."""
    partition = (murmur2(sent.key) & 0x7FFFFFFF) % partitions if sent.key is not None else 0
    if sent.partition is not None:
        partition = sent.partition % partitions
    headers: list[_Bytes] = [(name.encode(), content) for name, content in sent.headers]
    return Raw(sent.topic, partition, None, sent.key, sent.value, headers)


class Spoiler:
    """Mutates records. `large`: the share of those that are made a megabyte large, or larger."""

    def __init__(self, seed: int, partitions: int, *, large: float = 0.002) -> None:
        self._random, self._partitions, self._large = Random(seed), partitions, large
        self._before: list[Raw] = []

    def spoil(self, sent: Dispatch) -> Raw:
        """The record with none to three mutations, one after the other."""
        random, record = self._random, raw(sent, self._partitions)
        self._before = [*self._before[-50:], record]
        if random.random() < self._large:
            return self._enlarge(record)
        for _ in range(random.choice((0, 1, 1, 1, 1, 2, 2, 3))):
            record = random.choice(_MUTATIONS)(self, record)
        return record

    # --- Anywhere ---

    def _bytes(self, record: Raw) -> Raw:
        """A few bytes of the key, of the value, or of a header's name or value."""
        random = self._random
        where = random.choice(("key", "value", "value", "value", "name", "content", "content"))
        if where == "key":
            return record._replace(key=self._edited(record.key or b""))
        if where == "value":
            return record._replace(value=self._edited(record.value or b""))
        if not record.headers:
            return record
        headers, n = list(record.headers), random.randrange(len(record.headers))
        name, content = headers[n]
        headers[n] = (
            (self._edited(name), content) if where == "name" else (name, self._edited(content or b""))
        )
        return record._replace(headers=headers)

    def _edited(self, text: bytes) -> bytes:
        """Bytes flipped, put in, cut out, or said twice."""
        random, edited = self._random, bytearray(text)
        for _ in range(random.choice((1, 1, 1, 2, 4))):
            at = random.randrange(len(edited) + 1)
            upto = min(len(edited), at + random.choice((1, 1, 2, 8, 40)))
            match random.randrange(6):
                case 0 if at < len(edited):
                    edited[at] ^= 1 << random.randrange(8)
                case 1 if at < len(edited):
                    edited[at] = random.randrange(256)
                case 2:
                    edited[at:at] = random.randbytes(random.choice((1, 1, 3, 20)))
                case 3:
                    edited[at:at] = random.choice(_PIECES)
                case 4:
                    del edited[at:upto]
                case _:
                    edited[at:at] = edited[at:upto]
        return bytes(edited)

    # --- Headers ---

    def _name(self, record: Raw) -> Raw:
        """A header with a name that nobody expects, beside the others or in the place of one."""
        random = self._random
        name = random.choice(_NAMES)
        if random.random() < 0.3:
            name = b"ce_" + random.randbytes(random.choice((1, 4, 30)))
        return self._with_header(record, (name, self._content()))

    def _contents(self, record: Raw) -> Raw:
        """A header that is expected, with a value that is not; now and then beside the right one."""
        names = [name for name, _ in record.headers] + _EXPECTED
        return self._with_header(record, (self._random.choice(names), self._content()))

    def _content(self) -> bytes | None:
        return self._random.choice((*_CONTENTS, self._random.randbytes(self._random.choice((1, 9, 300)))))

    def _with_header(self, record: Raw, header: _Bytes) -> Raw:
        random, headers = self._random, list(record.headers)
        same = [n for n, (name, _) in enumerate(headers) if name == header[0]]
        if same and random.random() < 0.7:
            headers[same[0]] = header
        elif headers and random.random() < 0.2:
            headers[random.randrange(len(headers))] = header
        else:
            headers.insert(random.randrange(len(headers) + 1), header)
        return record._replace(headers=headers)

    def _shuffle(self, record: Raw) -> Raw:
        """Headers in another order, one of them missing, twice, or many times."""
        random, headers = self._random, list(record.headers)
        random.shuffle(headers)
        if headers:
            match random.randrange(5):
                case 0:
                    headers.pop()
                case 1:
                    headers.append(random.choice(headers))
                case 2:
                    headers += [random.choice(headers)] * random.choice((20, 2_000))
                case 3:
                    headers = []
        return record._replace(headers=headers)

    def _forge(self, record: Raw) -> Raw:
        """As if a worker had sent it on."""
        place = self._random.choice((
            b"%b/%d/%d" % (record.topic.encode(), record.partition, _FORGED + self._random.randrange(9)),
            b"%b/" % record.topic.encode(), b"%b@2/0/%d" % (record.topic.encode(), _FORGED), b"", b"\xff/0/0", None,
        ))  # fmt: skip
        return record._replace(headers=[*record.headers, (b"pulse-origin", place)])

    # --- Key, value, mode ---

    def _null(self, record: Raw) -> Raw:
        """Nothing where something is expected."""
        key, value = self._random.choice(
            ((None, record.value), (record.key, None), (None, None), (b"", record.value), (record.key, b""))
        )
        return record._replace(key=key, value=value)

    def _mode(self, record: Raw) -> Raw:
        """The headers of one record with the value of another."""
        return record._replace(headers=list(self._random.choice(self._before).headers))

    def _binary(self, record: Raw) -> Raw:
        """A structured event in binary mode: any JSON, any text becomes a header."""
        event = _event(record)
        if event is None:
            return record
        data = event.pop("data", None)
        headers: list[tuple[bytes, bytes | None]] = [(b"content-type", b"application/json")]
        headers += [(b"ce_" + _utf8(name), _utf8(_plain(value))) for name, value in event.items()]
        value = None if data is None else _utf8(json.dumps(data, ensure_ascii=self._random.random() < 0.5))
        return record._replace(value=value, headers=headers)

    def _astray(self, record: Raw) -> Raw:
        """To any partition of either department."""
        topic = self._random.choice(("civil-affairs", "smart-community", record.topic, record.topic))
        return record._replace(topic=topic, partition=self._random.randrange(self._partitions))

    def _another(self, record: Raw) -> Raw:
        """A type that this plan does not count: another plan's, another department's, or nobody's."""
        event, type = _event(record), self._random.choice(_TYPES)
        if event is not None and "type" in event:
            return record._replace(value=json.dumps(event | {"type": type}).encode())
        headers = [
            (name, type.encode() if name == b"ce_type" else content) for name, content in record.headers
        ]
        return record._replace(headers=headers)

    def _moment(self, record: Raw) -> Raw:
        """A time of the publisher's that no clock shows; on a topic of LogAppendTime nobody sees it."""
        return record._replace(timestamp=self._random.choice(_MOMENTS))

    # --- JSON ---

    def _attribute(self, record: Raw) -> Raw:
        """One attribute, or one field of the data, with a value that nobody expects; or twice; or one that nobody knows."""
        event, random = _event(record), self._random
        if event is None:
            return record
        data = event.get("data")
        inside = isinstance(data, dict) and random.random() < 0.5
        members = data if inside and isinstance(data, dict) else event
        pairs = [(_json(name), _json(value)) for name, value in members.items()]
        n, value = random.randrange(len(pairs) + 1), self._value()
        if n < len(pairs) and random.random() < 0.8:
            name = pairs[n][0]
            pairs[n : n + 1] = [(name, value)] if random.random() < 0.8 else [pairs[n], (name, value)]
        else:
            pairs.insert(n, (self._text(), value))
        if inside:
            rest = [(_json(name), _json(value)) for name, value in event.items() if name != "data"]
            pairs = [*rest, (b'"data"', _object(pairs))]
        elif random.random() < 0.1:
            pairs = [(name, value) for name, value in pairs if name != b'"data"']
            pairs.append((b'"data_base64"', b'"%b"' % base64.b64encode(self._value())))
        return record._replace(value=_object(pairs))

    def _value(self) -> bytes:
        """JSON, or nearly."""
        random = self._random
        match random.randrange(4):
            case 0:
                depth = random.choice((3, 200, 254, 255, 500, 990, 1_000, 5_000, 40_000))
                opening, closing = random.choice(((b"[", b"]"), (b'{"region":', b"}"), (b'[{"a":', b"}]")))
                return opening * depth + b"1" + closing * (depth if random.random() < 0.8 else depth - 1)
            case 1:
                return random.choice(_NUMBERS)
            case 2:
                return self._text()
            case _:
                return random.choice((b"null", b"true", b"{}", b"[]", b'{"a":1,"a":2}', b"", b"nul", b"\xff"))

    def _text(self) -> bytes:
        return b'"%b"' % b"".join(self._random.choices(_PIECES, k=self._random.choice((1, 1, 2, 5))))

    # --- Size ---

    def _enlarge(self, record: Raw) -> Raw:
        """Near the limits of the contract and of the broker, or far above; compressed it is small."""
        random = self._random
        size = random.choice((LIMIT - 1, LIMIT, LIMIT + 1, 1_040_000, 1_048_588, 1_500_000))
        value, headers = record.value or b"", list(record.headers)
        match random.randrange(5):
            case 0:
                value = value + b" " * (size - len(value))
            case 1:
                value = value.removesuffix(b"}") + b',"more":"' + b"a" * (size - len(value) - 10) + b'"}'
            case 2:
                headers.append((b"more", b"a" * size))
            case 3:
                headers.append(("来".encode() * (size // 3), b"a"))
            case _:
                headers.append((b"\xc0" * (size // 4), b"a"))
        partition = random.choice((record.partition, random.randrange(self._partitions)))
        return record._replace(value=value, headers=headers, partition=partition)


_MUTATIONS: tuple[Callable[[Spoiler, Raw], Raw], ...] = (
    Spoiler._bytes, Spoiler._bytes, Spoiler._bytes, Spoiler._bytes, Spoiler._name, Spoiler._contents, Spoiler._shuffle,
    Spoiler._forge, Spoiler._null, Spoiler._mode, Spoiler._binary, Spoiler._binary, Spoiler._astray, Spoiler._another,
    Spoiler._moment, Spoiler._attribute, Spoiler._attribute, Spoiler._attribute,
)  # fmt: skip

_PIECES = (
    b"a", b"elder-7", b"\0", b"\\u0000", b"\\ud800", b"\\udc00\\ud800", b"\xed\xa0\x80", b"\xc0\x80", b"\xef\xbb\xbf",
    "来源".encode("gbk"), "来源".encode(), "\u200b".encode(), "\u202e".encode(), "é".encode(), "e\u0301".encode(),
    "\uff11".encode(), "\U0001f9d3".encode(), b"\xf4\x90\x80\x80", b"\\", b'\\"', b"\n", b"\r\n", b"\x1b[2J", b"\x7f",
    b" ", b"/", b"[/r]", b"%", b"{}", "\u2028".encode(), "\ufffe".encode(), b"'; DROP TABLE events --", b"\\N", b"\t",
)  # fmt: skip
_TYPES = (
    "civil-affairs.elder-canteen", "civil-affairs.care-beds", "smart-community.platform", "smart-community.rating",
    "sports.venue", "civil-affairs.elder-v2", "civil-affairs.elder",
)  # fmt: skip
_NAMES = [
    "来源".encode("gbk"), "ce_来源".encode("gbk"), b"", b"ce_", b"a" * 30_000, b"ce_" + b"a" * 30_000, b"\xff" * 9_000,
    "来源".encode(), "ce_来源".encode(), b"CE_ID", b"ce-id", b"ce_id\n", b"content-type\0", b"Content-Type", b"\0", b"\\xc0",
    b"ce_\\xc0", b"traceparent", b"pulse-redriven", b"ce_data", b"ce_void", b"cloudEvents:id",
]  # fmt: skip
_EXPECTED = [
    b"content-type", b"ce_id", b"ce_type", b"ce_source", b"ce_subject", b"ce_time", b"ce_specversion", b"ce_revision",
    b"ce_void", b"ce_recordedtime", b"ce_dataschema", b"ce_datacontenttype",
]  # fmt: skip
_CONTENTS = [
    None, b"", b"\0", b"\xd5\xc5", b"\xed\xa0\x80", b"\xef\xbb\xbf1.0", b"a" * 30_000, b"application/json", b"1.0", b"true",
    b"application/cloudevents+json", b"application/cloudevents-batch+json", b"application/cloudevents+json; charset=gbk",
    b"text/plain", b"True", b"1", b"-1", b"9" * 5_000, b"2023-06-30T23:59:60+08:00", b"2023-06-30T23:59:59.9999999Z",
    b"elder-7", "\uff11".encode(), b"civil-affairs.elder", b"smart-community.heartbeat",
    b"urn:pulse:civil-affairs.elder:1.9",
]  # fmt: skip
_NUMBERS = [
    b"9" * 5_000, b"-" + b"9" * 5_000, b"1e400", b"1e-400", b"1e999999999", b"1E+999999999999999999999", b"-0", b"-0.0",
    b"01", b"+1", b".5", b"NaN", b"-Infinity", b"18446744073709551616", b"-9223372036854775809", b"2147483648", b"1.5",
    b"1.0", b"1e", b"0." + b"0" * 5_000 + b"1", b"1", b"7",
]  # fmt: skip
_MOMENTS = [
    None, -1, 0, 1, -2, -62_135_596_800_000, -(1 << 62), 1_000, 946_684_800_000, 1_672_531_200_000, 1_700_000_000_000,
    253_402_300_800_000, 10_413_792_000_000, 1 << 60,
]  # fmt: skip


def _event(record: Raw) -> dict[str, Any] | None:
    """The event in a structured value; None where it is none any more."""
    try:
        event = json.loads(record.value or b"")
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _object(pairs: list[tuple[bytes, bytes]]) -> bytes:
    return b"{" + b",".join(name + b":" + value for name, value in pairs) + b"}"
