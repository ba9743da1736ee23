// Package kvprometheus has a collector of the metrics of a store of package kv for the Go library of
// Prometheus. Names, types and sentences are those of [kv.Store.MetricsText].
//
//	registry.MustRegister(kvprometheus.NewCollector(store, nil))
//
// Several stores of a process are in one registry: their metrics differ by the label store. Reading
// them reads no entry.
package kvprometheus

import (
	"context"
	"maps"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kv.internal/kv"
	"kv.internal/kv/internal/figures"
)

// Collector is a collector of the metrics of a store.
type Collector struct {
	store *kv.Store
	// Those of figures.All, in their order.
	figures   []*prometheus.Desc
	errors    *prometheus.Desc
	durations *prometheus.Desc
	groupSize *prometheus.Desc
}

var _ prometheus.Collector = (*Collector)(nil)

// collectTimeout is how long the collection may take; that is what Prometheus waits by default.
const collectTimeout = 10 * time.Second

// NewCollector returns a collector of the metrics of a store, which have the label store and those that
// are given. The label store is the name of the store in the text of the library: its path, or its
// addresses and prefix, without user, password and options. Two stores of one name, such as two in
// memory, need a label that tells them apart, which may be store itself.
//
// A scope has the metrics of its whole store. When the store is closed, or is a snapshot, which has
// none, the collector reports the error, as which the handler of Prometheus answers a scrape; a
// program unregisters it before it closes the store.
func NewCollector(store *kv.Store, labels prometheus.Labels) *Collector {
	ctx, cancel := context.WithTimeout(context.Background(), collectTimeout)
	defer cancel()
	all := prometheus.Labels{"store": figures.StoreName(ctx, store)}
	maps.Copy(all, labels)
	c := &Collector{
		store: store,
		errors: prometheus.NewDesc("kv_call_errors_total",
			"Calls that failed, by their kind.", []string{"kind"}, all),
		durations: prometheus.NewDesc("kv_call_duration_seconds",
			"The durations of calls, by their kind.", []string{"kind"}, all),
		groupSize: prometheus.NewDesc("kv_commit_group_size",
			"Transactions by the number of their batches.", nil, all),
	}
	for _, figure := range figures.All {
		c.figures = append(c.figures, prometheus.NewDesc(figure.Name, figure.Help, nil, all))
	}
	return c
}

// Describe sends the descriptions of all metrics.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, description := range c.figures {
		to <- description
	}
	to <- c.errors
	to <- c.durations
	to <- c.groupSize
}

// Collect sends the metrics of this moment, or an invalid one with the error.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), collectTimeout)
	defer cancel()
	metrics, err := c.store.Metrics(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(c.figures[0], err)
		return
	}
	for i, figure := range figures.All {
		kind := prometheus.GaugeValue
		if figure.IsCounter {
			kind = prometheus.CounterValue
		}
		to <- prometheus.MustNewConstMetric(c.figures[i], kind, figure.Scaled(&metrics))
	}
	to <- groupSizes(c.groupSize, &metrics)
	for _, kind := range kv.CallKinds() {
		calls, err := c.store.CallMetrics(ctx, kind)
		if err != nil {
			to <- prometheus.NewInvalidMetric(c.durations, err)
			return
		}
		// As in the text of the library, a kind without calls has no metrics.
		if calls.Calls > 0 || calls.Errors > 0 {
			to <- prometheus.MustNewConstMetric(c.errors, prometheus.CounterValue, float64(calls.Errors), kind.String())
			to <- durations(c.durations, &calls)
		}
	}
}

// groupSizes is a histogram of the sizes of transactions, whose sum is the number of batches.
func groupSizes(description *prometheus.Desc, metrics *kv.Metrics) prometheus.Metric {
	count, buckets := uint64(0), map[float64]uint64{}
	for i, bound := range kv.GroupBounds() {
		count += metrics.GroupSizes[i]
		buckets[float64(bound)] = count
	}
	count += metrics.GroupSizes[len(metrics.GroupSizes)-1]
	return prometheus.MustNewConstHistogram(description, count, float64(metrics.Commits), buckets)
}

func durations(description *prometheus.Desc, calls *kv.CallMetrics) prometheus.Metric {
	count, buckets := uint64(0), map[float64]uint64{}
	for i, bound := range kv.DurationBounds() {
		count += calls.Buckets[i]
		buckets[seconds(bound)] = count
	}
	count += calls.Buckets[len(calls.Buckets)-1]
	return prometheus.MustNewConstHistogram(description, count, seconds(calls.Total), buckets, calls.Kind.String())
}

// seconds divides once, so that the number is the one that the text of the library has in decimal.
func seconds(duration time.Duration) float64 { return float64(duration) / float64(time.Second) }
