package kvotel_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"kv.internal/kv"
	kvotel "kv.internal/kv/otel"
)

func open(t *testing.T, location string) *kv.Store {
	t.Helper()
	store, err := kv.Open(t.Context(), location)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// exported sets a trace until the end of the test, and returns its provider and what it exports.
func exported(t *testing.T, options ...kvotel.Option) (*sdktrace.TracerProvider, *tracetest.InMemoryExporter) {
	t.Helper()
	exporter := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
	kv.SetTrace(kvotel.NewTrace(append(options, kvotel.WithTracerProvider(provider))...))
	t.Cleanup(func() { kv.SetTrace(kv.Trace{}) })
	return provider, exporter
}

func attributesOf(span tracetest.SpanStub) map[string]string {
	attributes := map[string]string{}
	for _, attribute := range span.Attributes {
		attributes[string(attribute.Key)] = attribute.Value.Emit()
	}
	return attributes
}

// makeCalls makes a call that succeeds, one with an outcome, and one that fails.
func makeCalls(t *testing.T, ctx context.Context, store *kv.Store) {
	t.Helper()
	if err := store.Set(ctx, "users", "ada", []byte("Ada")); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Get(ctx, "users", "bob"); !errors.Is(err, kv.ErrNotFound) {
		t.Fatal(err)
	}
	if _, err := store.Increment(ctx, "users", "ada", 1, 0); !errors.Is(err, kv.ErrNotInteger) {
		t.Fatal(err)
	}
}

func TestEachCallIsASpanWithTheAttributesOfADatabase(t *testing.T) {
	provider, exporter := exported(t)
	ctx, parent := provider.Tracer("test").Start(t.Context(), "request")
	makeCalls(t, ctx, open(t, "memory:"))
	spans := exporter.GetSpans()
	if len(spans) != 3 {
		t.Fatalf("got %v", spans)
	}
	for i, want := range []map[string]string{
		{"db.system.name": "kv", "db.operation.name": "set"},
		{"db.system.name": "kv", "db.operation.name": "get", "db.response.status_code": "1"},
		{"db.system.name": "kv", "db.operation.name": "increment", "db.response.status_code": "-8", "error.type": "-8"},
	} {
		span := spans[i]
		if got := attributesOf(span); !maps.Equal(got, want) || span.Name != want["db.operation.name"] {
			t.Errorf("%s has %v, want %v", span.Name, got, want)
		}
		if span.Parent.SpanID() != parent.SpanContext().SpanID() || span.SpanKind != trace.SpanKindClient {
			t.Errorf("%s is %v of %v", span.Name, span.SpanKind, span.Parent)
		}
		if span.EndTime.Before(span.StartTime) {
			t.Errorf("%s ends before it begins", span.Name)
		}
	}
	if spans[1].Status.Code != codes.Unset || spans[2].Status.Code != codes.Error {
		t.Errorf("got %v and %v", spans[1].Status, spans[2].Status)
	}
	if said := spans[2].Status.Description; said != kv.ErrNotInteger.Error() {
		t.Errorf("got %s", said)
	}
}

func TestGroupsAndKeysAreInASpanOnlyIfTheyAreAskedFor(t *testing.T) {
	for _, c := range []struct {
		name         string
		options      []kvotel.Option
		groups, keys bool
	}{
		{"neither", nil, false, false},
		{"groups", []kvotel.Option{kvotel.WithGroups()}, true, false},
		{"keys", []kvotel.Option{kvotel.WithKeys()}, false, true},
		{"both", []kvotel.Option{kvotel.WithKeys(), kvotel.WithGroups()}, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, exporter := exported(t, c.options...)
			makeCalls(t, t.Context(), open(t, "memory:"))
			spans := exporter.GetSpans()
			if len(spans) == 0 {
				t.Fatal("no span")
			}
			for _, span := range spans {
				attributes := attributesOf(span)
				if got := attributes["db.collection.name"] == "users"; got != c.groups {
					t.Errorf("got %v", attributes)
				}
				if got := strings.HasSuffix(span.Name, " users"); got != c.groups {
					t.Errorf("got %s", span.Name)
				}
				key := attributes["db.operation.parameter.key"]
				if got := key == "ada" || key == "bob"; got != c.keys {
					t.Errorf("got %v", attributes)
				}
				if strings.Contains(span.Status.Description, "users/ada") != (c.keys && span.Status.Code == codes.Error) {
					t.Errorf("got %v", span.Status)
				}
				if !c.groups && !c.keys && strings.Contains(span.Name+span.Status.Description, "users") {
					t.Errorf("got %v", span)
				}
			}
		})
	}
}

func TestACallOfATransactionIsAChildOfTheSpanOfItsBegin(t *testing.T) {
	provider, exporter := exported(t)
	ctx, parent := provider.Tracer("test").Start(t.Context(), "request")
	err := open(t, "memory:").Update(ctx, func(tx *kv.Tx) error { return tx.Set("g", "k", nil) })
	if err != nil {
		t.Fatal(err)
	}
	spans := exporter.GetSpans()
	if len(spans) != 1 || spans[0].Name != "transaction" || spans[0].Parent.SpanID() != parent.SpanContext().SpanID() {
		t.Fatalf("got %v", spans)
	}
}

func TestACallWithoutASpanBeginsATraceOfItsOwnAndOneThatIsCancelledIsAnError(t *testing.T) {
	_, exporter := exported(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := open(t, "memory:").Set(ctx, "g", "k", nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	spans := exporter.GetSpans()
	if len(spans) != 1 || spans[0].Parent.IsValid() || spans[0].Status.Code != codes.Error {
		t.Fatalf("got %v", spans)
	}
	if got := attributesOf(spans[0])["error.type"]; got != "-23" {
		t.Errorf("got %s", got)
	}
}

func TestWithoutAProviderItIsTheGlobalOne(t *testing.T) {
	exporter := tracetest.NewInMemoryExporter()
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter)))
	defer otel.SetTracerProvider(before)
	kv.SetTrace(kvotel.NewTrace())
	defer kv.SetTrace(kv.Trace{})
	makeCalls(t, t.Context(), open(t, "memory:"))
	if spans := exporter.GetSpans(); len(spans) != 3 || spans[0].InstrumentationScope.Name != "kv.internal/kv/otel" {
		t.Fatalf("got %v", spans)
	}
}

func TestASpanThatIsNotSampledIsNotExported(t *testing.T) {
	exporter := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter), sdktrace.WithSampler(sdktrace.NeverSample()))
	kv.SetTrace(kvotel.NewTrace(kvotel.WithTracerProvider(provider), kvotel.WithKeys()))
	defer kv.SetTrace(kv.Trace{})
	makeCalls(t, t.Context(), open(t, "memory:"))
	if spans := exporter.GetSpans(); len(spans) != 0 {
		t.Fatalf("got %v", spans)
	}
}
