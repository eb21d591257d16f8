"""A producer in each of four languages, as the documents show them: the files of `data/producers`, unchanged.

Each was run on a real Apache Kafka, with the packages that it names; `tests/sdk/records` holds what it wrote.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

FOLDER = Path(__file__).with_name("data") / "producers"


class Producer(NamedTuple):
    """The producer in one language."""

    language: str
    file: str
    fence: str
    """What Markdown calls the language."""
    needs: str
    """Its packages, as the language's own tool expects them."""

    def text(self) -> str:
        """The program."""
        return (FOLDER / self.file).read_text("utf-8")


PRODUCERS = (
    Producer("Python", "producer.py", "python", "pip install cloudevents==2.2.0 confluent-kafka==2.16.1"),
    Producer(
        "Java",
        "Producer.java",
        "java",
        "io.cloudevents:cloudevents-kafka:4.0.1  org.apache.kafka:kafka-clients:4.4.0",
    ),
    Producer(
        "Go",
        "producer.go",
        "go",
        "go get github.com/cloudevents/sdk-go/v2@v2.16.2 github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2@v2.16.2 "
        "github.com/IBM/sarama@v1.61.1",
    ),
    Producer("Node", "producer.mjs", "javascript", "npm install cloudevents@10.0.0 kafkajs@2.2.4"),
)

TITLE = {"zh": "四种语言的发布程序", "en": "A producer in four languages"}


def chapter(language: Literal["zh", "en"]) -> str:
    """The chapter of the documents, without its heading: the programs, then the settings for other
    clients."""
    programs = [
        f"**{each.language}**: `{each.needs}`\n\n```{each.fence}\n{each.text()}```" for each in PRODUCERS
    ]
    return "\n\n".join([_OPENING[language], *programs, _CLOSING[language]])


_OPENING = {
    "zh": """下面四段程序都用 CloudEvents 官方 SDK，都在真正的 Apache Kafka 上运行过，写出的消息也都验证过。每段程序发布一次
探访，更正它（村填错了），再撤销它；三条消息的 `id`、`subject` 相同。环境变量 `KAFKA` 是集群地址，如 `kafka1:9092`。

各段程序都做到了五件事：

- 消息键是 `subject`，用 murmur2 分区；
- 等所有副本都写好才算发布成功（`acks=all`），没有成功就报错；
- `data` 是 JSON，消息头 `content-type: application/json`；
- 更正时 `revision` 加一，撤销时 `void` 为 `true`；
- 撤销不带 `data` 时，消息内容是 null（CloudEvents 的 Kafka 绑定这样规定），消息头照写。

程序用二进制模式。结构化模式同样可以：Python 用 `to_structured`，Java 设 `cloudevents.serializer.encoding=STRUCTURED` 和
`cloudevents.serializer.event_format=application/cloudevents+json`（并加上 `cloudevents-json-jackson`），Go 用
`binding.WithForceStructured(ctx)`，Node 用 `Kafka.structured`。""",
    "en": """These four programs use the official CloudEvents SDKs. Each was run on a real Apache Kafka, and what it wrote
was checked. Each publishes a visit, corrects it (the village was wrong), and withdraws it: three messages of one `id`
and one `subject`. The environment variable `KAFKA` is the cluster's address, as `kafka1:9092`.

All of them do five things:

- the key is the `subject`, partitioned by murmur2;
- a message is published when all replicas have it (`acks=all`), and a failure is an error;
- `data` is JSON, with the header `content-type: application/json`;
- a correction has a higher `revision`, a withdrawal has `void` as `true`;
- a withdrawal without `data` is a message whose value is null, as CloudEvents' Kafka binding has it, with its headers.

They write in binary mode. Structured mode is as good: `to_structured` in Python, `binding.WithForceStructured(ctx)` in Go,
`Kafka.structured` in Node; in Java `cloudevents.serializer.encoding=STRUCTURED` and
`cloudevents.serializer.event_format=application/cloudevents+json`, with `cloudevents-json-jackson` beside it.""",
}

_CLOSING = {
    "zh": """换一种客户端，要设的是：

| 客户端 | murmur2 分区 | 等所有副本 |
| --- | --- | --- |
| Java kafka-clients | 默认 | `acks=all`，3.0 起默认 |
| librdkafka：Python 和 Go 的 confluent-kafka、kcat | `partitioner=murmur2_random` | `acks=all`，默认 |
| aiokafka (Python) | 默认 | `acks="all"` |
| sarama (Go)，1.50 起 | `Partitioner`：`sarama.NewMurmur2Partitioner` | `RequiredAcks`：`sarama.WaitForAll` |
| kafka-go (Go) | `Balancer: kafka.Murmur2Balancer{}` | `RequiredAcks: kafka.RequireAll`；默认一个也不等 |
| kafkajs (Node)，2.0 起 | 默认；不要用 `LegacyPartitioner` | `acks: -1`，默认 |

不用 murmur2 也会计数：平台把消息转发到正确的分区，只是慢一些，日志里多一条。

SDK 里容易出错的地方：

- Python `cloudevents` 1.x 的 `to_structured` 把 `content-type` 写成 `application/json`：发送前改为
  `application/cloudevents+json`，或改用 2.x。1.x 的 `to_binary` 只接受文本属性，`revision` 写 `"1"`，`void` 写 `"true"`。
- Node 的 `Kafka.binary` 给出的 `value` 是对象，属性是数字和布尔值：如上面的程序，先转成文本，`data` 用 `JSON.stringify`。
- Node 的 `Kafka.structured` 把 `time` 截到毫秒，`Kafka.binary` 不截：重发一个事件要用原来的方式，否则两者互相冲突。
- Go 的 kafka_confluent 不把扩展属性 `partitionkey` 写成消息键：用 `WithMessageKey`。

第一个事件是否有效，看死信。发布几秒后请平台运行 `pulse dead-letters list --department civil-affairs`：其中没有它，
就是有效；有它，`pulse dead-letters show 主题/分区/位点` 说明得到了什么、应该是什么，原因代码见
[消息为什么会被拒收](#消息为什么会被拒收)。""",
    "en": """Another client has to be told:

| client | murmur2 | all replicas |
| --- | --- | --- |
| Java's kafka-clients | the default | `acks=all`, the default since 3.0 |
| librdkafka: confluent-kafka for Python and Go, kcat | `partitioner=murmur2_random` | `acks=all`, the default |
| aiokafka (Python) | the default | `acks="all"` |
| sarama (Go), since 1.50 | `Partitioner`: `sarama.NewMurmur2Partitioner` | `RequiredAcks`: `sarama.WaitForAll` |
| kafka-go (Go) | `Balancer: kafka.Murmur2Balancer{}` | `RequiredAcks: kafka.RequireAll`; by default it waits for none |
| kafkajs (Node), since 2.0 | the default; not `LegacyPartitioner` | `acks: -1`, the default |

A message placed by another rule counts too: it is sent on to the right partition, a little later and with a second record
in the log.

Where SDKs trip one up:

- `to_structured` of Python's `cloudevents` 1.x writes `application/json` as `content-type`: set it to
  `application/cloudevents+json` before sending, or use 2.x. `to_binary` of 1.x takes only text as attributes: `"1"` for
  `revision`, `"true"` for `void`.
- Node's `Kafka.binary` gives an object as `value`, and numbers and booleans as headers: turn them into text as above, and
  `data` by `JSON.stringify`.
- Node's `Kafka.structured` cuts `time` to milliseconds, `Kafka.binary` does not: send an event again in the mode it was
  sent in, or the two differ and are in conflict.
- Go's kafka_confluent does not make the extension `partitionkey` the message's key: use `WithMessageKey`.

Whether a first event is valid, the dead letters tell. Some seconds after it was published ask the platform for
`pulse dead-letters list --department civil-affairs`: an event that is not among them is valid. For one that is,
`pulse dead-letters show TOPIC/PARTITION/OFFSET` says what was found and what was expected; the codes stand under
[Why a message can be refused](#why-a-message-can-be-refused).""",
}
