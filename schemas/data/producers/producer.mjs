import { CloudEvent, Kafka as Binding } from "cloudevents";
import { Kafka, Partitioners } from "kafkajs";

const kafka = new Kafka({ brokers: [process.env.KAFKA] });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });

async function publish(data, extensions) {
  const event = new CloudEvent({
    id: "2023-000001",
    source: "//minzheng.example/visits",
    type: "civil-affairs.elder-visit",
    subject: "elder-000001",
    time: "2023-06-01T08:30:00+08:00",
    ...(data && { datacontenttype: "application/json", data }),
    ...extensions,
  });
  const headers = Object.entries(Binding.binary(event).headers).filter(([, value]) => value !== undefined);
  await producer.send({
    topic: "pulse.civil-affairs",
    acks: -1,
    messages: [{
      key: event.subject,
      value: data ? JSON.stringify(data) : null,
      headers: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])),
    }],
  });
}

await producer.connect();
await publish({ region: "370831001001" });
await publish({ region: "370831001002" }, { revision: 1 });
await publish(null, { revision: 2, void: true });
await producer.disconnect();
