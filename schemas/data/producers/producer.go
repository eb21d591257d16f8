package main

import (
	"context"
	"log"
	"os"
	"time"

	"github.com/IBM/sarama"
	"github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2"
	cloudevents "github.com/cloudevents/sdk-go/v2"
)

func main() {
	config := sarama.NewConfig()
	config.Version = sarama.V2_8_0_0
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Partitioner = sarama.NewMurmur2Partitioner
	sender, err := kafka_sarama.NewSender([]string{os.Getenv("KAFKA")}, config, "pulse.civil-affairs")
	check(err)
	defer sender.Close(context.Background())
	client, err := cloudevents.NewClient(sender)
	check(err)

	first := visit()
	check(first.SetData("application/json", map[string]any{"region": "370831001001"}))
	publish(client, first)

	correction := visit()
	correction.SetExtension("revision", 1)
	check(correction.SetData("application/json", map[string]any{"region": "370831001002"}))
	publish(client, correction)

	withdrawal := visit()
	withdrawal.SetExtension("revision", 2)
	withdrawal.SetExtension("void", true)
	publish(client, withdrawal)
}

func visit() cloudevents.Event {
	event := cloudevents.NewEvent()
	event.SetID("2023-000001")
	event.SetSource("//minzheng.example/visits")
	event.SetType("civil-affairs.elder-visit")
	event.SetSubject("elder-000001")
	event.SetTime(time.Date(2023, 6, 1, 8, 30, 0, 0, time.FixedZone("", 8*60*60)))
	return event
}

func publish(client cloudevents.Client, event cloudevents.Event) {
	ctx := kafka_sarama.WithMessageKey(context.Background(), sarama.StringEncoder(event.Subject()))
	if result := client.Send(ctx, event); cloudevents.IsUndelivered(result) {
		log.Fatal("not published: ", result)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
