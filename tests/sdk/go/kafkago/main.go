// Writes the events of a file with the CloudEvents SDK's event and format for Go, and kafka-go, put together by hand.
package main

import (
	"context"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding/format"
	"github.com/cloudevents/sdk-go/v2/types"
	"github.com/segmentio/kafka-go"

	"city.pulse/sdk/events"
)

func main() {
	arguments := events.Read()
	writer := &kafka.Writer{
		Addr:         kafka.TCP(arguments.Bootstrap),
		Topic:        arguments.Topic,
		RequiredAcks: kafka.RequireAll,
		BatchSize:    1,
	}
	if arguments.Murmur {
		writer.Balancer = kafka.Murmur2Balancer{}
	}
	for _, event := range arguments.Events {
		message := binary(event)
		if arguments.Structured {
			message = structured(event)
		}
		events.Check(writer.WriteMessages(context.Background(), message))
	}
	events.Check(writer.Close())
}

func structured(event cloudevents.Event) kafka.Message {
	value, err := format.JSON.Marshal(&event)
	events.Check(err)
	return kafka.Message{
		Key:     []byte(event.Subject()),
		Value:   value,
		Headers: []kafka.Header{{Key: "content-type", Value: []byte(format.JSON.MediaType())}},
	}
}

func binary(event cloudevents.Event) kafka.Message {
	headers := []kafka.Header{
		{Key: "ce_specversion", Value: []byte(event.SpecVersion())},
		{Key: "ce_id", Value: []byte(event.ID())},
		{Key: "ce_source", Value: []byte(event.Source())},
		{Key: "ce_type", Value: []byte(event.Type())},
		{Key: "ce_subject", Value: []byte(event.Subject())},
		{Key: "ce_time", Value: []byte(types.FormatTime(event.Time()))},
	}
	if media := event.DataContentType(); media != "" {
		headers = append(headers, kafka.Header{Key: "content-type", Value: []byte(media)})
	}
	for name, value := range event.Extensions() {
		text, err := types.Format(value)
		events.Check(err)
		headers = append(headers, kafka.Header{Key: "ce_" + name, Value: []byte(text)})
	}
	return kafka.Message{Key: []byte(event.Subject()), Value: event.Data(), Headers: headers}
}
