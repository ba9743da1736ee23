// Prints the spans of the calls of a request, as they end.
//
//	go run ./examples/spans
package main

import (
	"context"
	"fmt"
	"log"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"kv.internal/kv"
	kvotel "kv.internal/kv/otel"
)

// printer exports spans to standard output.
type printer struct{}

func (printer) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	for _, span := range spans {
		attributes := attribute.NewSet(span.Attributes()...)
		fmt.Printf("%s, child of a span: %t, %s, %s\n", span.Name(), span.Parent().IsValid(), span.Status().Code,
			attributes.Encoded(attribute.DefaultEncoder()))
	}
	return nil
}

func (printer) Shutdown(context.Context) error { return nil }

func main() {
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(printer{}))
	kv.SetTrace(kvotel.NewTrace(kvotel.WithTracerProvider(provider), kvotel.WithGroups()))

	store, err := kv.Open(context.Background(), "memory:")
	check(err)
	ctx, request := provider.Tracer("example").Start(context.Background(), "GET /visits")
	check(store.Set(ctx, "pages", "title", []byte("Home")))
	if _, err := store.Get(ctx, "pages", "footer"); err != nil {
		fmt.Println(err)
	}
	if _, err := store.Increment(ctx, "pages", "title", 1, 0); err != nil {
		fmt.Println(err)
	}
	request.End()

	kv.SetTrace(kv.Trace{})
	check(provider.Shutdown(context.Background()))
	check(store.Close())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
