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
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kv.internal/kv"
)

// Collector is a collector of the metrics of a store.
type Collector struct {
	store *kv.Store
	// Those of figures, in their order.
	figures   []*prometheus.Desc
	errors    *prometheus.Desc
	durations *prometheus.Desc
	groupSize *prometheus.Desc
}

var _ prometheus.Collector = (*Collector)(nil)

// storeLabel is the label with the name of the store.
const storeLabel = "store"

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
	all := prometheus.Labels{storeLabel: nameOf(store)}
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
	for _, figure := range figures {
		c.figures = append(c.figures, prometheus.NewDesc(figure.name, figure.help, nil, all))
	}
	return c
}

// nameOf returns the name that the library gives a store, which is in each line of its text. A store
// without a text has no metrics either.
func nameOf(store *kv.Store) string {
	ctx, cancel := context.WithTimeout(context.Background(), collectTimeout)
	defer cancel()
	text, err := store.MetricsText(ctx)
	_, labelled, hasLabel := strings.Cut(text, "{"+storeLabel+"=")
	quoted, prefixed := strconv.QuotedPrefix(labelled)
	if err != nil || !hasLabel || prefixed != nil {
		return store.String()
	}
	name, err := strconv.Unquote(quoted)
	if err != nil {
		return store.String()
	}
	return name
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
	for i, figure := range figures {
		to <- prometheus.MustNewConstMetric(c.figures[i], figure.kind, figure.value(&metrics))
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
			to <- prometheus.MustNewConstMetric(c.errors, counter, float64(calls.Errors), kind.String())
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
