package kvotel_test

import (
	"context"
	"fmt"
	"log"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"kv.internal/kv"
	kvotel "kv.internal/kv/otel"
)

// observe sends the calls of all stores, and the metrics of one, to OpenTelemetry.
func observe(store *kv.Store, spans *sdktrace.TracerProvider, meters *sdkmetric.MeterProvider) error {
	kv.SetTrace(kvotel.NewTrace(kvotel.WithTracerProvider(spans), kvotel.WithGroups()))
	_, err := kvotel.ObserveMetrics(store, meters)
	return err
}

func ExampleNewTrace() {
	exporter := tracetest.NewInMemoryExporter()
	spans := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
	reader := sdkmetric.NewManualReader()
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(observe(store, spans, sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))))
	defer kv.SetTrace(kv.Trace{})
	ctx, request := spans.Tracer("example").Start(ctx, "GET /")
	check(store.Set(ctx, "users", "ada", []byte("Ada")))
	request.End()
	for _, span := range exporter.GetSpans() {
		fmt.Println(span.Name, span.Parent.SpanID() == request.SpanContext().SpanID())
	}
	// Output:
	// set users true
	// GET / false
}

func ExampleOption() {
	exporter := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	kv.SetTrace(kvotel.NewTrace(kvotel.WithTracerProvider(provider), kvotel.WithGroups(), kvotel.WithKeys()))
	defer kv.SetTrace(kv.Trace{})
	_, err = store.Exists(ctx, "users", "ada")
	check(err)
	for _, attribute := range exporter.GetSpans()[0].Attributes {
		fmt.Println(attribute.Key, attribute.Value.Emit())
	}
	// Output:
	// db.system.name kv
	// db.operation.name get
	// db.collection.name users
	// db.operation.parameter.key ada
}

func ExampleObserveMetrics() {
	reader := sdkmetric.NewManualReader()
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	_, err = kvotel.ObserveMetrics(store, sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	check(err)
	check(store.Set(ctx, "users", "ada", []byte("Ada")))
	var metrics metricdata.ResourceMetrics
	check(reader.Collect(ctx, &metrics))
	for _, metric := range metrics.ScopeMetrics[0].Metrics {
		if metric.Name == "kv.commits" {
			fmt.Println(metric.Name, metric.Data.(metricdata.Sum[int64]).DataPoints[0].Value)
		}
	}
	// Output: kv.commits 1
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
