// Package events makes events of the SDK from a file of described ones.
package events

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
)

// Arguments are what each program is called with: BOOTSTRAP TOPIC MODE PARTITIONER FILE.
type Arguments struct {
	Bootstrap, Topic   string
	Structured, Murmur bool
	Events             []cloudevents.Event
}

type described struct {
	ID              string          `json:"id"`
	Source          string          `json:"source"`
	Type            string          `json:"type"`
	Subject         string          `json:"subject"`
	Time            time.Time       `json:"time"`
	Revision        *int            `json:"revision"`
	Void            *bool           `json:"void"`
	RecordedTime    *time.Time      `json:"recordedtime"`
	PartitionKey    *string         `json:"partitionkey"`
	DataContentType string          `json:"datacontenttype"`
	Data            json.RawMessage `json:"data"`
}

// Read takes the arguments of the command line; it ends the program where they make no sense.
func Read() Arguments {
	text, err := os.ReadFile(os.Args[5])
	Check(err)
	var all []described
	Check(json.Unmarshal(text, &all))
	read := Arguments{
		Bootstrap:  os.Args[1],
		Topic:      os.Args[2],
		Structured: os.Args[3] == "structured",
		Murmur:     os.Args[4] == "murmur2",
	}
	for _, each := range all {
		read.Events = append(read.Events, made(each))
	}
	return read
}

func made(from described) cloudevents.Event {
	event := cloudevents.NewEvent()
	event.SetID(from.ID)
	event.SetSource(from.Source)
	event.SetType(from.Type)
	event.SetSubject(from.Subject)
	event.SetTime(from.Time)
	if from.Revision != nil {
		event.SetExtension("revision", *from.Revision)
	}
	if from.Void != nil {
		event.SetExtension("void", *from.Void)
	}
	if from.RecordedTime != nil {
		event.SetExtension("recordedtime", *from.RecordedTime)
	}
	if from.PartitionKey != nil {
		event.SetExtension("partitionkey", *from.PartitionKey)
	}
	if from.Data != nil {
		Check(event.SetData(from.DataContentType, from.Data))
	} else if from.DataContentType != "" {
		event.SetDataContentType(from.DataContentType)
	}
	Check(event.Validate())
	return event
}

// Keyed tells whether an event names its own key, which the SDK's protocols then set.
func Keyed(event cloudevents.Event) bool {
	_, found := event.Extensions()["partitionkey"]
	return found
}

// Check ends the program where something went wrong.
func Check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
