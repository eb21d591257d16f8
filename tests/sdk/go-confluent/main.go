// Writes the events of a file with the CloudEvents SDK for Go and its protocol for confluent-kafka-go.
package main

import (
	"context"

	confluent "github.com/cloudevents/sdk-go/protocol/kafka_confluent/v2"
	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"city.pulse/sdk/events"
)

func main() {
	arguments := events.Read()
	config := kafka.ConfigMap{"bootstrap.servers": arguments.Bootstrap, "acks": "all"}
	if arguments.Murmur {
		config["partitioner"] = "murmur2_random"
	}
	protocol, err := confluent.New(confluent.WithConfigMap(&config), confluent.WithSenderTopic(arguments.Topic))
	events.Check(err)
	client, err := cloudevents.NewClient(protocol)
	events.Check(err)
	reports, err := protocol.Events()
	events.Check(err)
	for _, event := range arguments.Events {
		ctx := context.Background()
		if arguments.Structured {
			ctx = binding.WithForceStructured(ctx)
		}
		if !events.Keyed(event) {
			ctx = confluent.WithMessageKey(ctx, event.Subject())
		}
		if result := client.Send(ctx, event); cloudevents.IsUndelivered(result) {
			events.Check(result)
		}
		for delivered := false; !delivered; {
			switch report := (<-reports).(type) {
			case *kafka.Message:
				events.Check(report.TopicPartition.Error)
				delivered = true
			case kafka.Error:
				if report.IsFatal() {
					events.Check(report)
				}
			}
		}
	}
	events.Check(protocol.Close(context.Background()))
}
