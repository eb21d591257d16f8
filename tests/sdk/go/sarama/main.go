// Writes the events of a file with the CloudEvents SDK for Go and its protocol for sarama.
package main

import (
	"context"

	"github.com/IBM/sarama"
	"github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2"
	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"

	"city.pulse/sdk/events"
)

func main() {
	arguments := events.Read()
	config := sarama.NewConfig()
	config.Version = sarama.V2_8_0_0
	config.Producer.RequiredAcks = sarama.WaitForAll
	if arguments.Murmur {
		config.Producer.Partitioner = sarama.NewMurmur2Partitioner
	}
	sender, err := kafka_sarama.NewSender([]string{arguments.Bootstrap}, config, arguments.Topic)
	events.Check(err)
	client, err := cloudevents.NewClient(sender)
	events.Check(err)
	for _, event := range arguments.Events {
		ctx := context.Background()
		if arguments.Structured {
			ctx = binding.WithForceStructured(ctx)
		}
		if !events.Keyed(event) {
			ctx = kafka_sarama.WithMessageKey(ctx, sarama.StringEncoder(event.Subject()))
		}
		if result := client.Send(ctx, event); cloudevents.IsUndelivered(result) {
			events.Check(result)
		}
	}
	events.Check(sender.Close(context.Background()))
}
