"""Makes the document of what departments may publish from the event types themselves. Chinese first."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import groupby
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import annotated_types as limits
from pydantic.fields import FieldInfo

from schemas.event_type import EventType
from schemas.fast import flat, general
from schemas.judge import LENGTHS, MAX_REVISION
from schemas.producers import TITLE, chapter
from schemas.refusals import EXPLANATIONS, Explanation, Reason

Language = Literal["zh", "en"]

_PLACE = "370811001002"
_DAY = date(2023, 6, 1)


def example(kind: EventType, place: str = _PLACE) -> dict[str, Any]:
    """A valid event in structured mode, at or above a `place` (12 digits). Raises ValueError if none keeps
    the type's rule."""
    fields = kind.model.model_fields
    data = {name: _value(field.annotation, field.metadata) for name, field in fields.items()}
    subject = f"{kind.type.partition('.')[2]}-000001"
    for region in (place, place[:9], place[:6]):
        data["region"] = region
        model = kind.model.model_validate_json(json.dumps(data))
        for named in (subject, region, f"{region}:{data.get('list')}"):
            if kind.rule(model, named, _DAY) is None:
                return {
                    "specversion": "1.0",
                    "id": "2023-000001",
                    "source": f"//{kind.topic}.example/records",
                    "type": kind.type,
                    "subject": named,
                    "time": f"{_DAY}T08:30:00+08:00",
                    "data": data,
                }
    raise ValueError(f"{kind.type}: no example keeps its rule")


def events_markdown(types: Mapping[str, EventType], language: Language) -> str:
    """The document: contents, how to write a message, producers, the events by source system, the codes of
    refusals."""
    words = _WORDS[language]
    systems = [list(kinds) for _, kinds in groupby(types.values(), lambda kind: kind.topic)]
    parts = [words.opening, _contents(systems, words), f"## {words.message}", words.writing.format(**_LIMITS)]
    parts += [f"## {TITLE[language]}", chapter(language)]
    for kinds in systems:
        parts += [f"## {_system_title(kinds[0], words)}", _system(kinds[0], words)]
        parts += [_event(kind, words) for kind in kinds]
    parts += [f"## {words.refusals}", _refusals(words)]
    return "\n\n".join(parts) + "\n"


def label_of(name: str, field: FieldInfo) -> tuple[str, dict[str, str]]:
    """A field's Chinese label and what each of its values means: from the field itself, else from the
    shapes' common labels."""
    if field.description is None:
        return _LABELS[name]
    extra = field.json_schema_extra
    meanings = extra if isinstance(extra, dict) else {}
    return field.description, {value: str(meaning) for value, meaning in meanings.items()}


# --- Contents ---


def _contents(systems: Iterable[list[EventType]], words: _Words) -> str:
    rows = []
    for kinds in systems:
        title = _system_title(kinds[0], words)
        types = words.comma.join(
            _link(kind.zh.name if words.chinese else f"`{kind.type}`", _event_title(kind, words))
            for kind in kinds
        )
        rows.append((_link(title, title), types))
    chapters = words.comma.join(
        _link(title, title) for title in (words.message, TITLE[words.language], words.refusals)
    )
    return f"{words.see}{chapters}\n\n{_table(words.contents, rows)}"


def _link(text: str, title: str) -> str:
    """A link to a heading, with the anchor that GitHub and GitLab make of it."""
    anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
    return f"[{text}](#{anchor})"


def _system_title(kind: EventType, words: _Words) -> str:
    return f"{kind.office.name} `{kind.topic}`" if words.chinese else f"`{kind.topic}`"


def _event_title(kind: EventType, words: _Words) -> str:
    return f"{kind.zh.name} `{kind.type}`" if words.chinese else f"`{kind.type}`"


# --- One event type ---


def _system(kind: EventType, words: _Words) -> str:
    if words.chinese:
        return f"{kind.office.about}。"
    module = inspect.getmodule(kind.model)
    return (inspect.getdoc(module) or "").partition("\n")[0]


def _event(kind: EventType, words: _Words) -> str:
    table = _table(
        words.fields, [_row(name, field, words) for name, field in kind.model.model_fields.items()]
    )
    text = json.dumps(example(kind), ensure_ascii=False, indent=2)
    about = f"### {_event_title(kind, words)}\n\n{_about(kind, words)}"
    return f"{about}\n\n{table}\n\n```json\n{text}\n```"


def _about(kind: EventType, words: _Words) -> str:
    major, minor = kind.version
    notes = f"`dataschema`: `urn:pulse:{kind.type}:{major}.{minor}`"
    if kind.heartbeat:
        notes += words.heartbeat
    if not words.chinese:
        return f"{' '.join((inspect.getdoc(kind.model) or '').split())}\n\n{notes}"
    lines = (f"对象（`subject`）：{kind.zh.subject}", f"何时再发：{kind.zh.again}", notes)
    return f"{kind.zh.says}\n\n" + "\n".join(f"- {line}" for line in lines)


def _row(name: str, field: FieldInfo, words: _Words) -> tuple[str, ...]:
    required = words.required[field.is_required()]
    zh, meanings = label_of(name, field) if words.chinese else ("", {})
    described = _describe(field.annotation, field.metadata, words, meanings)
    value = words.region if name == "region" else described
    return (f"`{name}`", zh, value, required) if words.chinese else (f"`{name}`", value, required)


def _refusals(words: _Words) -> str:
    rows = [(f"`{reason}`", *words.explained(EXPLANATIONS[reason])) for reason in Reason]
    return f"{words.refused}\n\n{_table(words.codes, rows)}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head)]
    lines += [["---"] * len(lines[0]), *map(list, rows)]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


# --- Fields ---


class _Plain(NamedTuple):
    """A field's annotation taken apart."""

    kind: Any
    choices: tuple[str, ...]
    constraints: list[Any]


def _plain(annotation: Any, metadata: Iterable[Any]) -> _Plain:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _plain(inner, [*more, *metadata])
    if origin in (Union, UnionType):
        return _plain(next(member for member in get_args(annotation) if member is not NoneType), metadata)
    if origin is Literal:
        return _Plain(Literal, get_args(annotation), [])
    return _Plain(annotation, (), list(flat(metadata)))


def _value(annotation: Any, metadata: Iterable[Any]) -> Any:
    """An example value that keeps the constraints of all shapes."""
    plain = _plain(annotation, metadata)
    if plain.kind is Literal:
        return plain.choices[0]
    return {bool: True, int: 1, Decimal: 1.5, date: "2023-05-01", str: "示例"}[plain.kind]


def _describe(annotation: Any, metadata: Iterable[Any], words: _Words, meanings: Mapping[str, str]) -> str:
    """What a field may hold: each choice with its meaning, or a kind with its constraints."""
    plain = _plain(annotation, metadata)
    choices = ("true", "false") if plain.kind is bool and meanings else plain.choices
    if choices:
        return words.comma.join(f"`{choice}` {meanings.get(choice, '')}".rstrip() for choice in choices)
    said = [words.kinds[plain.kind]]
    for item in plain.constraints:
        match item:
            case limits.Ge(ge=limit):
                said.append(f"≥ {limit}")
            case limits.Gt(gt=limit):
                said.append(f"> {limit}")
            case limits.Le(le=limit):
                said.append(f"≤ {limit}")
            case limits.Lt(lt=limit):
                said.append(f"< {limit}")
            case limits.MinLen(min_length=length):
                said.append(words.at_least.format(length))
            case limits.MaxLen(max_length=length):
                said.append(words.at_most.format(length))
            case _:
                found = general(item)
                if "pattern" in found:
                    said.append(f"`{found['pattern']}`")
                if "decimal_places" in found:
                    said.append(words.places.format(found["decimal_places"]))
    return words.comma.join(said)


# --- Description ---

_LABELS: dict[str, tuple[str, dict[str, str]]] = {
    "region": ("发生地，或对象所在地", {}),
    "listed": ("列入或退出", {"true": "列入", "false": "退出"}),
    "open": ("是否在用", {"true": "在用", "false": "停用"}),
    "in_force": ("是否实行", {"true": "实行", "false": "不再实行"}),
    "attendances": ("参加人次，每到场一次计一次", {}),
    "name": ("名称", {}),
}
"""Labels of the shapes' fields; an event type's own fields have a `label` beside them."""

_LIMITS = {
    "id": LENGTHS["id"],
    "source": LENGTHS["source"],
    "subject": LENGTHS["subject"],
    "revision": MAX_REVISION,
}


class _Words(NamedTuple):
    language: Language
    opening: str
    see: str
    contents: tuple[str, str]
    message: str
    writing: str
    fields: tuple[str, ...]
    required: dict[bool, str]
    region: str
    heartbeat: str
    kinds: dict[type, str]
    at_least: str
    at_most: str
    places: str
    comma: str
    refusals: str
    refused: str
    codes: tuple[str, str, str]

    @property
    def chinese(self) -> bool:
        """Whether the document is the Chinese one."""
        return self.language == "zh"

    def explained(self, explanation: Explanation) -> tuple[str, str]:
        """What a code means and what to do about it."""
        if self.chinese:
            return explanation.zh, explanation.todo_zh
        return explanation.en, explanation.todo_en


_WORDS: dict[Language, _Words] = {
    "zh": _Words(
        "zh",
        "# 事件目录：各部门可以发布什么\n\n本文由程序按事件类型生成，请勿手工修改。",
        "先看：",
        ("系统", "事件"),
        "消息怎么写",
        """消息按 [CloudEvents 1.0](https://github.com/cloudevents/spec) 写入 Kafka，每个系统一个主题，
主题名是 `pulse.` 加系统名（如 `pulse.civil-affairs`），一条消息一个事件：

- 结构化模式：消息头 `content-type: application/cloudevents+json`，消息内容是整个事件（下面的示例都是这样）。
- 二进制模式：属性放在 `ce_` 开头的消息头里（`ce_id`、`ce_type` …），`content-type: application/json`，消息内容只放 `data`；
  没有 `data` 的事件，消息内容为空（null）。`ce_datacontenttype` 可以再写一遍，须与 `content-type` 相同。
  布尔值写 `true`、`false`（`True`、`False` 也可以）。

消息键用 `subject`，分区用 murmur2（Java 客户端的默认方式；librdkafka 设 `partitioner=murmur2_random`）。用 kcat 发布，
文件里每行一个事件，写作 `subject|事件的 JSON`：

```
kcat -P -b HOST:PORT -t pulse.civil-affairs -K '|' -X topic.partitioner=murmur2_random \\
     -H content-type=application/cloudevents+json < events.txt
```

| 属性 | 必需 | 写法 |
| --- | --- | --- |
| `specversion` | 是 | `1.0` |
| `id` | 是 | 部门系统里这条记录的编号，至多 {id} 个字；更正时不变 |
| `source` | 是 | 部门系统的 URI 引用，至多 {source} 个字 |
| `type` | 是 | 下面的事件类型之一 |
| `subject` | 是 | 事件说的是谁或哪里，至多 {subject} 个字；个人须用化名编号 |
| `time` | 是 | 事情发生的时刻，RFC 3339，带时区偏移 |
| `recordedtime` | 否 | 部门系统记下它的时刻，写法同上；`time` 相同的记录靠它分先后 |
| `revision` | 否 | 第几次更正，0 到 {revision} 的整数；高者为准 |
| `void` | 否 | `true` 撤销这条记录，可以不带 `data` |
| `dataschema` | 否 | `data` 的版本，例如 `urn:pulse:civil-affairs.elder:1.0` |

写法上的规定：

- 编号只有一种写法：`id`、`source`、`subject` 用 Unicode NFKC 写法（字母、数字、标点用半角，带附加符号的字母用合成字符），
  两端不留空格，不含零宽字符、BOM 等看不见的字符。看起来一样、实际不同的编号会被拒收，并指出是哪个字符。
  `source` 还须是 URI 引用（RFC 3986）。
- 时刻精确到微秒，微秒以后的数字直接舍去，不进位：`23:59:59.9999999` 仍算当天。闰秒 `:60` 只能是 UTC 6 月或 12 月最后一天的
  23:59:60，按它之前的最后一微秒计，日期不变。
- 带小数的数字写成 JSON 数字，不加引号：`1234.50`。按数值比较，末尾的 0 不算位数，`1.2e3` 就是 1200，`-0` 就是 0；
  小数位数或大小超出规定的拒收，不四舍五入。
- 一个 JSON 对象里每个键只写一次；有重名键的消息被拒收，整个事件和 `data` 里都一样。

同一编号的 `type` 和 `subject` 不能改：先撤销，再用新编号发布。对象是个人的，`data` 里的 `name` 也不要写真实姓名。

何时再发：

- 情况变了（如离岗、停办、迁居），或又发生了一次：用新编号发布一条新记录，`time` 写变化或发生的时刻。
- 写错了：用原编号、更高的 `revision` 再发一次。`revision` 相同而内容不同的两个事件互相冲突，只会计其中一个。
- 本不该有：用原编号发布 `void` 为 `true` 的事件，撤销这条记录。

各事件的“何时再发”，说的是第一种情形。

同一对象有几条 `time` 相同的记录时，先后这样定（取最新状态的，以排在最后的为准；只计一次的，以排在最前的为准）：

- 都写了 `recordedtime` 的，先记的在前，后记的在后。
- `recordedtime` 相同，或有一条没写，就说不出先后：停（`false` 或 0）在前，启在后。老人在同一时刻从甲县离册、到乙县在册，
  两条都没写 `recordedtime`，他仍在册，算在乙县。两条都启，没写的在后；两条都停，没写的在前。
- 仍分不出的，依次按 `source`、`id`、`type` 的字符顺序。

同一事件重发，只有 `recordedtime` 不同，不算冲突，以最早的 `recordedtime` 为准。""",
        ("字段", "含义", "取值", "必需"),
        {True: "是", False: "否"},
        "12 位（社区、村）、9 位（乡镇、街道）或 6 位（县、市）统计用区划代码，写已知的最细一级",
        "；心跳事件，不带 `revision` 和 `void`",
        {bool: "`true` 或 `false`", int: "整数", Decimal: "数字", date: "日期 YYYY-MM-DD", str: "文本"},
        "至少 {} 个字",
        "至多 {} 个字",
        "至多 {} 位小数",
        "，",
        "消息为什么会被拒收",
        "被拒收的消息进入死信，附原因代码、字段、得到的值和应有的值。",
        ("代码", "含义", "怎么办"),
    ),
    "en": _Words(
        "en",
        "# The list of events: what departments may publish\n\n"
        "Made from the event types by a program; do not edit.",
        "First read: ",
        ("system", "event types"),
        "How to write a message",
        """Messages are [CloudEvents 1.0](https://github.com/cloudevents/spec) on Kafka, a topic for each system,
`pulse.` and its name (as `pulse.civil-affairs`), one event a message:

- Structured mode: the header `content-type: application/cloudevents+json`, the whole event as the value (as below).
- Binary mode: attributes as headers that begin with `ce_` (`ce_id`, `ce_type`, …), `content-type: application/json`,
  and `data` alone as the value; an event without data is a message with a null value. `ce_datacontenttype` may say the
  same as `content-type` again. Booleans are `true` and `false` (`True` and `False` pass).

The key is the `subject`, partitioned by murmur2 (the default of Java's clients; `partitioner=murmur2_random` with
librdkafka). With kcat, a file of lines `subject|the event's JSON`:

```
kcat -P -b HOST:PORT -t pulse.civil-affairs -K '|' -X topic.partitioner=murmur2_random \\
     -H content-type=application/cloudevents+json < events.txt
```

| attribute | required | value |
| --- | --- | --- |
| `specversion` | yes | `1.0` |
| `id` | yes | the record's number in the department's system, {id} characters at most; a correction keeps it |
| `source` | yes | a URI reference of the department's system, {source} characters at most |
| `type` | yes | one of the event types below |
| `subject` | yes | whom or what it is about, {subject} characters at most; persons under a pseudonym |
| `time` | yes | when it happened, RFC 3339 with an offset |
| `recordedtime` | no | when the department's system recorded it, written alike; tells records of one `time` apart |
| `revision` | no | which correction this is, an integer from 0 to {revision}; the highest wins |
| `void` | no | `true` withdraws the record; `data` may be left out |
| `dataschema` | no | the version of `data`, as `urn:pulse:civil-affairs.elder:1.0` |

How things are spelt:

- Identifiers have one spelling: `id`, `source` and `subject` are in Unicode's form NFKC (letters, digits and marks of
  normal width, accents composed), without blanks at the edges, zero-width characters, a BOM or anything else that cannot be
  seen. One that looks like another but differs is refused, and the character is named. A `source` is a URI reference
  (RFC 3986).
- Instants are exact to the microsecond. Further digits are cut off, never rounded: `23:59:59.9999999` is still that day. A
  leap second `:60` can only be 23:59:60 UTC on the last of June or December; it is read as the last microsecond before it,
  so the day that is written stays.
- Numbers with a fraction are JSON numbers, unquoted: `1234.50`. Their value counts: zeros at the end are no places, `1.2e3`
  is 1200, `-0` is 0. More places than allowed, or a value out of bounds, is refused, not rounded.
- A key stands once in a JSON object. A message in which one is repeated is refused, in the event and in `data` alike.

`type` and `subject` never change under an id: withdraw the record and publish a new one. Two events of one
revision with different content are in conflict, and only one of them counts: correct with a higher `revision`.

Several records of one subject may have the same `time`. They stand in this order (where the latest state counts, the
last one decides; where something counts once, the first one does):

- Where both have a `recordedtime`, what was recorded earlier comes first.
- Where it is the same, or one of them has none, nothing tells their order: off (`false` or 0) comes before on. An elder
  who leaves the roster of one county and joins another's at the same moment, both without `recordedtime`, is still on
  the roster, in the other county. Of two that are on, the one without comes last; of two that are off, it comes first.
- What is still alike goes by the text of `source`, `id`, `type`, in this order.

The same event published again with another `recordedtime` is no conflict: the earliest `recordedtime` stands.""",
        ("field", "value", "required"),
        {True: "yes", False: "no"},
        "statistical code of 12 digits (community, village), 9 (town, street) or 6 (county, city), as fine as known",
        "; a heartbeat, without `revision` and `void`",
        {bool: "`true` or `false`", int: "integer", Decimal: "number", date: "date YYYY-MM-DD", str: "text"},
        "{} characters or more",
        "{} characters at most",
        "{} decimal places at most",
        ", ",
        "Why a message can be refused",
        "A refused message becomes a dead letter with a code, the field, its value and what was expected.",
        ("code", "meaning", "what to do"),
    ),
}
