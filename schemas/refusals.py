"""Why a message can be refused: the closed list of reason codes, with what each means and what to do.

The documents for departments are made from this list, and a test shows that each code can be produced.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from enum import StrEnum
from pathlib import PurePath
from typing import NamedTuple

from schemas.event import Refusal


class Reason(StrEnum):
    """Stable codes: labels of a metric, values of a column. Never renamed, only added."""

    NULL_VALUE = "null-value"
    TOO_LARGE = "too-large"
    NOT_CLOUDEVENTS = "not-cloudevents"
    BATCH_MODE = "batch-mode"
    CONTENT_TYPE = "content-type"
    BAD_HEADER = "bad-header"
    NOT_UTF8 = "not-utf8"
    NOT_JSON = "not-json"
    REPEATED_KEY = "repeated-key"
    MISSING_ATTRIBUTE = "missing-attribute"
    BAD_ATTRIBUTE = "bad-attribute"
    LOOK_ALIKE = "look-alike"
    SPECVERSION = "specversion"
    UNKNOWN_TYPE = "unknown-type"
    WRONG_TOPIC = "wrong-topic"
    BAD_TIME = "bad-time"
    TIME_OUT_OF_RANGE = "time-out-of-range"
    FAR_FUTURE = "far-future"
    BAD_REVISION = "bad-revision"
    BAD_VOID = "bad-void"
    NO_CORRECTIONS = "no-corrections"
    BAD_DATASCHEMA = "bad-dataschema"
    SCHEMA_TOO_NEW = "schema-too-new"
    MISSING_DATA = "missing-data"
    BAD_DATA = "bad-data"
    MISSING_FIELD = "missing-field"
    UNKNOWN_FIELD = "unknown-field"
    BAD_FIELD = "bad-field"
    NEGATIVE = "negative"
    UNKNOWN_REGION = "unknown-region"
    RULE = "rule"
    MISPLACED = "misplaced"
    """Found by the shard, which knows a message's partition, not by the contract."""
    PLATFORM_FAULT = "platform-fault"
    """A fault of the contract itself: an unforeseen exception. No message should get it."""
    SET_ASIDE = "set-aside"
    """Decided by an operator, not by the contract: see `pulse set-aside`."""


class Explanation(NamedTuple):
    """What a code means and what the department's engineer does about it."""

    zh: str
    en: str
    todo_zh: str
    todo_en: str


EXPLANATIONS: dict[Reason, Explanation] = {
    Reason.NULL_VALUE: Explanation(
        "消息没有内容（value 为 null），也没有 ce_ 开头的头",
        "the message has no value and no ce_ headers (a tombstone)",
        "撤销一条记录请发布 void=true 的事件，不要发空消息",
        "to withdraw a record publish an event with void=true, not a null value",
    ),
    Reason.TOO_LARGE: Explanation(
        "消息太大",
        "the message is larger than the limit",
        "一条消息只放一个事件；附件、图片请放在别处",
        "one event a message; keep attachments elsewhere",
    ),
    Reason.NOT_CLOUDEVENTS: Explanation(
        "看不出是 CloudEvents 消息：content-type 头不是 application/cloudevents+json，也没有 ce_ 开头的头",
        "nothing marks the message as a CloudEvent: no content-type application/cloudevents+json, no ce_ headers",
        "加上消息头 content-type: application/cloudevents+json（结构化模式），或 ce_id、ce_type 等（二进制模式）",
        "add the header content-type: application/cloudevents+json (structured) or ce_* headers (binary)",
    ),
    Reason.BATCH_MODE: Explanation(
        "不接受 CloudEvents 批量模式",
        "the batch mode of CloudEvents is not accepted",
        "一条 Kafka 消息放一个事件",
        "publish one event per Kafka message",
    ),
    Reason.CONTENT_TYPE: Explanation(
        "内容类型不是 JSON(UTF-8)",
        "the content type is not JSON in UTF-8",
        "消息用 application/cloudevents+json，data 用 application/json，编码用 UTF-8",
        "use application/cloudevents+json for messages, application/json for data, UTF-8 throughout",
    ),
    Reason.BAD_HEADER: Explanation(
        "消息头不合规：重复、没有值或不是 UTF-8",
        "a header is repeated, has no value or is not UTF-8",
        "每个 ce_ 头只出现一次，值为 UTF-8 文本",
        "send each ce_ header once, its value as UTF-8 text",
    ),
    Reason.NOT_UTF8: Explanation(
        "内容不是 UTF-8 编码",
        "the value is not UTF-8",
        "发布前把内容转成 UTF-8（不带 BOM），常见原因是 GBK 编码",
        "encode as UTF-8 without a BOM; GBK is the usual cause",
    ),
    Reason.NOT_JSON: Explanation(
        "内容不是完整的 JSON",
        "the value is not well-formed JSON",
        "检查内容是否被截断、是否用 JSON 库生成",
        "look for truncation; write JSON with a library, not by joining strings",
    ),
    Reason.REPEATED_KEY: Explanation(
        "同一个 JSON 对象里有重名的键",
        "a key stands twice in one JSON object",
        "每个键只写一次：重名的键，各种程序取的值不同",
        "write each key once: of a key that stands twice, programs differ in which value they take",
    ),
    Reason.MISSING_ATTRIBUTE: Explanation(
        "缺少必需的属性",
        "a required attribute is missing",
        "id、source、type、subject、time 和 specversion 都必须有",
        "id, source, type, subject, time and specversion are all required",
    ),
    Reason.BAD_ATTRIBUTE: Explanation(
        "属性的名称或值不合规",
        "an attribute's name or value breaks the rules",
        "属性名只用小写字母和数字；值按 CloudEvents 1.0 的类型书写",
        "names are lower-case letters and digits; values follow the types of CloudEvents 1.0",
    ),
    Reason.LOOK_ALIKE: Explanation(
        "编号里有看不见的字符、两端的空格或非规范的字符，会与另一个编号看不出差别",
        "an identifier holds an invisible character, a blank at an edge or a character of a second spelling: it looks like "
        "another one",
        "id、source、subject 和 type 用 Unicode NFKC 写法（字母、数字、标点用半角），两端不留空格，不含零宽字符和 BOM",
        "write id, source, subject and type in Unicode's form NFKC (letters, digits, marks of normal width), without blanks "
        "at the edges, zero-width characters or a BOM",
    ),
    Reason.SPECVERSION: Explanation(
        "CloudEvents 版本不是 1.0",
        "the specversion is not 1.0",
        "specversion 写 1.0",
        "set specversion to 1.0",
    ),
    Reason.UNKNOWN_TYPE: Explanation(
        "没有这种事件类型",
        "no such event type",
        "对照事件目录检查 type 的拼写",
        "check the spelling of type against the list of events",
    ),
    Reason.WRONG_TOPIC: Explanation(
        "事件类型属于另一个主题",
        "the event type belongs to another topic",
        "把事件发布到它所属部门的主题",
        "publish the event to the topic of its own system",
    ),
    Reason.BAD_TIME: Explanation(
        "时间写法不对，或没有时区偏移",
        "a time is malformed or has no offset",
        "按 RFC 3339 书写并带时区偏移，例如 2023-06-01T08:30:00+08:00",
        "write RFC 3339 with an offset, e.g. 2023-06-01T08:30:00+08:00",
    ),
    Reason.TIME_OUT_OF_RANGE: Explanation(
        "时间早于 1900 年或晚于 2299 年",
        "a time lies before 1900 or after 2299",
        "检查系统时钟和日期的默认值",
        "check the system's clock and default dates",
    ),
    Reason.FAR_FUTURE: Explanation(
        "时间比消息到达的时刻晚太多",
        "a time lies too far after the message's arrival",
        "time 是事情发生的时刻：检查系统时钟和时区",
        "time is when it happened: check the clock and the zone",
    ),
    Reason.BAD_REVISION: Explanation(
        "修订号不是 0 到 1000000 的整数",
        "the revision is not an integer from 0 to 1000000",
        "revision 从 0 起，每改一次加 1，JSON 里不加引号；不要用时间戳",
        "count revisions from 0, one up for each correction, unquoted in JSON; not a timestamp",
    ),
    Reason.BAD_VOID: Explanation(
        "void 不是布尔值",
        "void is not a boolean",
        "JSON 里写 true 或 false（不加引号），消息头里写 true 或 false（True、False 也可以）",
        "write true or false, unquoted in JSON (True and False pass in a header)",
    ),
    Reason.NO_CORRECTIONS: Explanation(
        "这种事件不能修订或撤销",
        "this type of event cannot be corrected or withdrawn",
        "心跳事件不带 revision 和 void",
        "send heartbeats without revision and void",
    ),
    Reason.BAD_DATASCHEMA: Explanation(
        "dataschema 写法不对，或说的是另一种类型",
        "the dataschema is malformed or names another type",
        "写 urn:pulse:<type>:<主版本>.<次版本>，或省略",
        "write urn:pulse:<type>:<major>.<minor>, or leave it out",
    ),
    Reason.SCHEMA_TOO_NEW: Explanation(
        "dataschema 的主版本不受支持",
        "this major version of the dataschema is not supported",
        "改用现行主版本；新主版本须先与平台约定",
        "use the current major version; a new one is agreed with the platform first",
    ),
    Reason.MISSING_DATA: Explanation(
        "没有 data",
        "there is no data",
        "只有 void=true 的事件可以不带 data",
        "only an event with void=true may leave data out",
    ),
    Reason.BAD_DATA: Explanation(
        "data 不是 JSON 对象",
        "data is not a JSON object",
        "data 直接放对象，不要先转成字符串",
        "put the object itself into data, not a string made of it",
    ),
    Reason.MISSING_FIELD: Explanation(
        "data 缺少必需的字段",
        "data lacks a required field",
        "对照事件目录补上字段",
        "add the field, see the list of events",
    ),
    Reason.UNKNOWN_FIELD: Explanation(
        "data 有这一版没有的字段",
        "data has a field that this schema version does not know",
        "检查拼写；若是新版字段，请写明更高次版本的 dataschema",
        "check the spelling; for a newer version's field state the newer minor dataschema",
    ),
    Reason.BAD_FIELD: Explanation(
        "字段的类型或取值不对",
        "a field has a wrong type or value",
        "按“应为”一栏改正",
        "mend it as `expected` says",
    ),
    Reason.NEGATIVE: Explanation(
        "数量为负",
        "a count is negative",
        "更正请用更高的 revision 重发，不要发负数",
        "to correct a figure publish a higher revision, not a negative number",
    ),
    Reason.UNKNOWN_REGION: Explanation(
        "区划代码不存在或不属于本市",
        "the region code does not exist or is not of this city",
        "用 6 位（县）、9 位（乡镇）或 12 位（村、社区）统计用区划代码",
        "use the statistical code: 6 digits (county), 9 (town) or 12 (village or community)",
    ),
    Reason.RULE: Explanation(
        "内容自相矛盾或违反该类事件的规则",
        "the content breaks a rule of its event type",
        "按“应为”一栏改正",
        "mend it as `expected` says",
    ),
    Reason.MISPLACED: Explanation(
        "平台转发到正确分区之后，消息仍不在它的对象（subject）所属的分区",
        "the message was forwarded once and still is not in the partition of its subject",
        "主题的分区数可能刚改变，由平台处理；发布时以 subject 为消息键、用 murmur2 分区，可免转发",
        "the partition count may just have changed, which the platform mends; key messages by subject, "
        "partitioned by murmur2, and none needs forwarding",
    ),
    Reason.PLATFORM_FAULT: Explanation(
        "平台读不了这条消息：这是平台自身的缺陷",
        "the platform failed to read the message: a fault of its own",
        "部门不用做什么；平台修好后，用 pulse dead-letters redrive 重新投递",
        "nothing is asked of the department; once the platform is mended, `pulse dead-letters redrive` sends it again",
    ),
    Reason.SET_ASIDE: Explanation(
        "平台无法读取或统计这条消息，由运维人员搁置",
        "the platform could not read or count the message: an operator put it aside",
        "由平台说明原因；需要时请部门重新发布",
        "the platform tells why; where it is needed, its department publishes it again",
    ),
}


class Refused(Exception):
    """Carries a refusal out of the depth of a check; `judge` catches it."""

    def __init__(self, reason: Reason, field: str, value: str, expected: str, hint: str = "") -> None:
        super().__init__(reason.value)
        self.refusal = Refusal(reason.value, field, value, expected, hint or EXPLANATIONS[reason].todo_zh)


def platform_fault(error: Exception, who: Mapping[str, str]) -> Refusal:
    """The refusal of a message at which the contract itself failed. It names the exception and its place
    in the code, but not its text, which may hold a name."""
    place = f"{type(error).__name__}"
    if frames := traceback.extract_tb(error.__traceback__):
        place += f"，{PurePath(frames[-1].filename).name}:{frames[-1].lineno}"
    expected = "任何消息都读得了的平台"
    return Refusal(
        Reason.PLATFORM_FAULT.value, "", place, expected, EXPLANATIONS[Reason.PLATFORM_FAULT].todo_zh, **who
    )
