// Writes the events of a file with the CloudEvents SDK for Java: Write BOOTSTRAP TOPIC MODE PARTITIONER FILE

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.message.Encoding;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.CloudEventSerializer;
import io.cloudevents.kafka.PartitionKeyExtensionInterceptor;
import java.io.File;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

public class Write {
    public static void main(String[] args) throws Exception {
        if (!args[3].equals("default")) {
            throw new IllegalArgumentException("no partitioner " + args[3]);
        }
        Map<String, Object> settings = Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, args[0],
            ProducerConfig.ACKS_CONFIG, "all",
            ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class,
            ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, CloudEventSerializer.class,
            ProducerConfig.INTERCEPTOR_CLASSES_CONFIG, PartitionKeyExtensionInterceptor.class.getName(),
            CloudEventSerializer.ENCODING_CONFIG, Encoding.valueOf(args[2].toUpperCase()),
            CloudEventSerializer.EVENT_FORMAT_CONFIG, JsonFormat.CONTENT_TYPE);
        try (KafkaProducer<String, CloudEvent> producer = new KafkaProducer<>(settings)) {
            for (JsonNode described : new ObjectMapper().readTree(new File(args[4]))) {
                CloudEvent event = event(described);
                // Where the event names its key, the SDK's interceptor sets it.
                String key = described.has("partitionkey") ? null : event.getSubject();
                producer.send(new ProducerRecord<>(args[1], key, event)).get();
            }
        }
    }

    private static CloudEvent event(JsonNode described) throws Exception {
        CloudEventBuilder builder = CloudEventBuilder.v1()
            .withId(described.get("id").asText())
            .withSource(URI.create(described.get("source").asText()))
            .withType(described.get("type").asText())
            .withSubject(described.get("subject").asText())
            .withTime(OffsetDateTime.parse(described.get("time").asText()));
        if (described.has("revision")) {
            builder.withExtension("revision", described.get("revision").asInt());
        }
        if (described.has("void")) {
            builder.withExtension("void", described.get("void").asBoolean());
        }
        if (described.has("recordedtime")) {
            builder.withExtension("recordedtime", OffsetDateTime.parse(described.get("recordedtime").asText()));
        }
        if (described.has("partitionkey")) {
            builder.withExtension("partitionkey", described.get("partitionkey").asText());
        }
        if (described.has("data")) {
            byte[] data = new ObjectMapper().writeValueAsBytes(described.get("data"));
            builder.withData(described.get("datacontenttype").asText(), data);
        } else if (described.has("datacontenttype")) {
            builder.withDataContentType(described.get("datacontenttype").asText());
        }
        return builder.build();
    }
}
