package kvotel_test

import (
	"errors"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"kv.internal/kv"
	kvotel "kv.internal/kv/otel"
)

// observed is a metric as a reader has it.
type observed struct {
	description string
	isCounter   bool
	// By its kind, "" without one.
	values     map[string]float64
	attributes attribute.Set
}

func collect(t *testing.T, reader sdkmetric.Reader) map[string]observed {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	found := map[string]observed{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			found[prometheusName(m)] = observedOf(t, m)
		}
	}
	return found
}

// prometheusName is the name that an exporter for Prometheus makes.
func prometheusName(m metricdata.Metrics) string {
	name := strings.ReplaceAll(m.Name, ".", "_")
	name += map[string]string{"s": "_seconds", "By": "_bytes", "": ""}[m.Unit]
	switch m.Data.(type) {
	case metricdata.Sum[int64], metricdata.Sum[float64]:
		name += "_total"
	}
	return name
}

func observedOf(t *testing.T, m metricdata.Metrics) observed {
	t.Helper()
	o := observed{description: m.Description, values: map[string]float64{}}
	add := func(attributes attribute.Set, value float64) {
		kind, _ := attributes.Value("kind")
		o.values[kind.AsString()], o.attributes = value, attributes
	}
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		o.isCounter = data.IsMonotonic
		for _, point := range data.DataPoints {
			add(point.Attributes, float64(point.Value))
		}
	case metricdata.Sum[float64]:
		o.isCounter = data.IsMonotonic
		for _, point := range data.DataPoints {
			add(point.Attributes, point.Value)
		}
	case metricdata.Gauge[int64]:
		for _, point := range data.DataPoints {
			add(point.Attributes, float64(point.Value))
		}
	case metricdata.Gauge[float64]:
		for _, point := range data.DataPoints {
			add(point.Attributes, point.Value)
		}
	default:
		t.Fatalf("%s is %T", m.Name, data)
	}
	return o
}

func TestTheMetricsAreThoseOfTheText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	store := open(t, path)
	makeCalls(t, t.Context(), store)
	reader := sdkmetric.NewManualReader()
	registration, err := kvotel.ObserveMetrics(store, sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)),
		attribute.String("service", "web"))
	if err != nil {
		t.Fatal(err)
	}
	found := collect(t, reader)
	text, err := store.MetricsText(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	help := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^# HELP (\w+) (.*)$`).FindAllStringSubmatch(text, -1) {
		help[line[1]] = line[2]
	}
	types := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^# TYPE (\w+) (\w+)$`).FindAllStringSubmatch(text, -1) {
		types[line[1]] = line[2]
	}
	checked := 0
	for name, kind := range types {
		metric, isThere := found[name]
		if kind == "histogram" {
			continue
		}
		checked++
		if !isThere || metric.description != help[name] || metric.isCounter != (kind == "counter") {
			t.Errorf("%s: got %+v, the text has %s: %s", name, metric, kind, help[name])
		}
	}
	if checked < 45 || len(found) != checked+2 {
		t.Fatalf("%d metrics, of %d in the text: %v", len(found), checked, slices.Sorted(maps.Keys(found)))
	}
	for name, want := range map[string]float64{"kv_commits_total": 1, "kv_reads_missed_total": 1, "kv_readers": -1} {
		got := found[name]
		if want >= 0 && got.values[""] != want || got.attributes.Len() != 2 || len(got.values) != 1 {
			t.Errorf("%s: got %+v", name, got)
		}
		from, _ := got.attributes.Value("store")
		service, _ := got.attributes.Value("service")
		if from.AsString() != path || service.AsString() != "web" {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if calls := found["kv_calls_total"].values; calls["set"] != 1 || calls["increment"] != 1 || calls["scan"] != 0 {
		t.Errorf("got %v", calls)
	}
	failed := found["kv_call_errors_total"].values
	if _, isThere := failed["scan"]; isThere || failed["increment"] != 1 || failed["set"] != 0 {
		t.Errorf("got %v", failed)
	}
	if durations := found["kv_call_duration_seconds_total"].values; durations["set"] <= 0 || durations["set"] > 60 {
		t.Errorf("got %v", durations)
	}
	if err := registration.Unregister(); err != nil {
		t.Fatal(err)
	}
	if after := collect(t, reader); len(after) != 0 {
		t.Errorf("got %v", after)
	}
}

func TestSeveralStoresAreObservedBySeveralRegistrations(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	for _, name := range []string{"a", "b"} {
		if _, err := kvotel.ObserveMetrics(open(t, filepath.Join(t.TempDir(), name)), provider); err != nil {
			t.Fatal(err)
		}
	}
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	seen := false
	for _, m := range all.ScopeMetrics[0].Metrics {
		if sum, isSum := m.Data.(metricdata.Sum[int64]); isSum && m.Name == "kv.commits" {
			seen = true
			if len(sum.DataPoints) != 2 {
				t.Errorf("got %v", sum)
			}
		}
	}
	if !seen {
		t.Error("kv.commits is no sum")
	}
}

func TestAClosedStoreIsAnErrorOfTheCollection(t *testing.T) {
	reader := sdkmetric.NewManualReader()
	store := open(t, "memory:")
	if _, err := kvotel.ObserveMetrics(store, sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))); err != nil {
		t.Fatal(err)
	}
	store.Close()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); !errors.Is(err, kv.ErrClosed) {
		t.Fatalf("got %v", err)
	}
	for _, scope := range all.ScopeMetrics {
		t.Errorf("got %v", scope.Metrics)
	}
}
