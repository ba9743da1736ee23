package kvprometheus_test

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"kv.internal/kv"
	kvprometheus "kv.internal/kv/prometheus"
)

// open opens a store with calls of several kinds in its metrics, each of which is counted.
func open(t *testing.T, location string) *kv.Store {
	t.Helper()
	store, err := kv.Open(t.Context(), location)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	for _, key := range []string{"ada", "bob"} {
		if err := store.Set(t.Context(), "users", key, []byte("a value")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Count(t.Context(), "users"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Increment(t.Context(), "users", "ada", 1, 0); !errors.Is(err, kv.ErrNotInteger) {
		t.Fatal(err)
	}
	return store
}

func file(t *testing.T) string {
	return "sqlite:" + filepath.Join(t.TempDir(), `a "store" \.db`)
}

func gather(t *testing.T, collectors ...prometheus.Collector) map[string]*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	for _, collector := range collectors {
		if err := registry.Register(collector); err != nil {
			t.Fatal(err)
		}
	}
	gathered, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	families := map[string]*dto.MetricFamily{}
	for _, family := range gathered {
		families[family.GetName()] = family
	}
	return families
}

func labelsOf(metric *dto.Metric) map[string]string {
	labels := map[string]string{}
	for _, label := range metric.GetLabel() {
		labels[label.GetName()] = label.GetValue()
	}
	return labels
}

// samples are the values of a family under their labels, of a histogram its buckets too.
func samples(family *dto.MetricFamily) map[string]float64 {
	found := map[string]float64{}
	for _, metric := range family.GetMetric() {
		labels := labelsOf(metric)
		// Reading the metrics is a call of this kind.
		if labels["kind"] == "maintenance" {
			continue
		}
		name := labels["store"] + " " + labels["kind"]
		if histogram := metric.GetHistogram(); histogram != nil {
			found[name+" sum"], found[name+" count"] = histogram.GetSampleSum(), float64(histogram.GetSampleCount())
			for _, bucket := range histogram.GetBucket() {
				// The text has the bucket of all as well.
				if bound := bucket.GetUpperBound(); bound < 1e9 {
					found[name+" "+time.Duration(bound*1e9).String()] = float64(bucket.GetCumulativeCount())
				}
			}
			continue
		}
		found[name] = metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
	}
	return found
}

func TestTheMetricsAreThoseOfTheText(t *testing.T) {
	for name, location := range map[string]string{"memory": "memory:", "file": file(t)} {
		t.Run(name, func(t *testing.T) {
			store := open(t, location)
			collector := kvprometheus.NewCollector(store, nil)
			text, err := store.MetricsText(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			gathered := gather(t, collector)
			parser := expfmt.NewTextParser(model.LegacyValidation)
			parsed, err := parser.TextToMetricFamilies(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			names := slices.Sorted(maps.Keys(parsed))
			if !slices.Equal(names, slices.Sorted(maps.Keys(gathered))) || len(names) < 50 {
				t.Fatalf("%v, the text has %v", slices.Sorted(maps.Keys(gathered)), names)
			}
			for _, name := range names {
				ours, its := gathered[name], parsed[name]
				if ours.GetType() != its.GetType() || ours.GetHelp() != its.GetHelp() {
					t.Errorf("%s is %v: %s; the text has %v: %s", name, ours.GetType(), ours.GetHelp(), its.GetType(), its.GetHelp())
				}
				if !maps.Equal(samples(ours), samples(its)) {
					t.Errorf("%s: %v, the text has %v", name, samples(ours), samples(its))
				}
			}
		})
	}
}

func TestTheMetricsHaveTheirValues(t *testing.T) {
	store := open(t, file(t))
	families := gather(t, kvprometheus.NewCollector(store, prometheus.Labels{"store": "users", "service": "web"}))
	for name, want := range map[string]float64{"kv_commits_total": 2, "kv_poisoned": 0, "kv_memory_limit_bytes": 0} {
		if got := samples(families[name]); got["users "] != want || len(got) != 1 {
			t.Errorf("%s: got %v", name, got)
		}
	}
	labels := labelsOf(families["kv_commits_total"].GetMetric()[0])
	if !maps.Equal(labels, map[string]string{"store": "users", "service": "web"}) {
		t.Errorf("got %v", labels)
	}
	durations := samples(families["kv_call_duration_seconds"])
	if durations["users set count"] != 2 || durations["users set 10s"] != 2 || durations["users set sum"] <= 0 {
		t.Errorf("got %v", durations)
	}
	failed := samples(families["kv_call_errors_total"])
	if failed["users increment"] != 1 || failed["users set"] != 0 {
		t.Errorf("got %v", failed)
	}
}

func TestSeveralStoresAreInOneRegistry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.db")
	families := gather(t, kvprometheus.NewCollector(open(t, path), nil),
		kvprometheus.NewCollector(open(t, "memory:"), nil),
		kvprometheus.NewCollector(open(t, "memory:"), prometheus.Labels{"store": "another"}))
	got := samples(families["kv_commits_total"])
	if !maps.Equal(got, map[string]float64{path + " ": 2, "memory: ": 2, "another ": 2}) {
		t.Fatalf("got %v", got)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(kvprometheus.NewCollector(open(t, "memory:"), nil))
	if err := registry.Register(kvprometheus.NewCollector(open(t, "memory:"), nil)); err == nil {
		t.Fatal("two stores of one name are not refused")
	}
}

func TestPrometheusHasNothingToSayAboutTheNames(t *testing.T) {
	var families []*dto.MetricFamily
	for _, family := range gather(t, kvprometheus.NewCollector(open(t, file(t)), nil)) {
		families = append(families, family)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}
}

func TestAStoreWithoutMetricsIsAnError(t *testing.T) {
	closed := open(t, "memory:")
	before := kvprometheus.NewCollector(closed, nil)
	closed.Close()
	source := open(t, "memory:")
	snapshot, err := source.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	for _, c := range []struct {
		collector *kvprometheus.Collector
		want      error
	}{
		{before, kv.ErrClosed},
		{kvprometheus.NewCollector(closed, nil), kv.ErrClosed},
		{kvprometheus.NewCollector(nil, nil), kv.ErrClosed},
		{kvprometheus.NewCollector(new(kv.Store), nil), kv.ErrClosed},
		{kvprometheus.NewCollector(snapshot, nil), kv.ErrUnsupported},
	} {
		sent := make(chan prometheus.Metric, 100)
		c.collector.Collect(sent)
		close(sent)
		metrics := 0
		for metric := range sent {
			metrics++
			if err := metric.Write(&dto.Metric{}); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		}
		if metrics != 1 {
			t.Errorf("%d metrics", metrics)
		}
		registry := prometheus.NewRegistry()
		registry.MustRegister(c.collector)
		if _, err := registry.Gather(); err == nil {
			t.Error("there is no error")
		}
	}
}
