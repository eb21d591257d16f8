// Writes the events of a file with the CloudEvents SDK for JavaScript: write.mjs BOOTSTRAP TOPIC MODE PARTITIONER FILE

import { readFileSync } from "node:fs";
import { CloudEvent, Kafka as Binding } from "cloudevents";
import { Kafka, Partitioners, logLevel } from "kafkajs";

const [bootstrap, topic, mode, partitioner, file] = process.argv.slice(2);
const createPartitioner = { default: Partitioners.DefaultPartitioner, legacy: Partitioners.LegacyPartitioner }[partitioner];
const producer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR }).producer({ createPartitioner });

await producer.connect();
for (const described of JSON.parse(readFileSync(file, "utf8"))) {
  const event = new CloudEvent(described);
  const message = mode === "binary" ? Binding.binary(event) : Binding.structured(event);
  // kafkajs takes text or bytes, and the binding gives data and extensions as they are.
  const headers = Object.fromEntries(
    Object.entries(message.headers)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)]),
  );
  const value = message.value === undefined ? null
    : typeof message.value === "string" ? message.value : JSON.stringify(message.value);
  await producer.send({
    topic,
    acks: -1,
    messages: [{ ...message, key: message.key ?? event.subject, value, headers }],
  });
}
await producer.disconnect();
