import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.kafka.CloudEventSerializer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

public class Producer {
    public static void main(String[] args) throws Exception {
        Map<String, Object> settings = Map.of(
            "bootstrap.servers", System.getenv("KAFKA"),
            "acks", "all",
            "key.serializer", StringSerializer.class,
            "value.serializer", CloudEventSerializer.class);
        try (KafkaProducer<String, CloudEvent> producer = new KafkaProducer<>(settings)) {
            publish(producer, visit().withData("application/json", bytes("{\"region\": \"370831001001\"}")));
            publish(producer, visit().withData("application/json", bytes("{\"region\": \"370831001002\"}"))
                .withExtension("revision", 1));
            publish(producer, visit().withExtension("revision", 2).withExtension("void", true));
        }
    }

    static CloudEventBuilder visit() {
        return CloudEventBuilder.v1()
            .withId("2023-000001")
            .withSource(URI.create("//minzheng.example/visits"))
            .withType("civil-affairs.elder-visit")
            .withSubject("elder-000001")
            .withTime(OffsetDateTime.parse("2023-06-01T08:30:00+08:00"));
    }

    static void publish(KafkaProducer<String, CloudEvent> producer, CloudEventBuilder built) throws Exception {
        CloudEvent event = built.build();
        producer.send(new ProducerRecord<>("pulse.civil-affairs", event.getSubject(), event)).get();
    }

    static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
