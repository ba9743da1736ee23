package kvotel

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"kv.internal/kv"
	"kv.internal/kv/internal/figures"
)

// ObserveMetrics makes instruments for the metrics of a store, which are read once for each collection.
// Their names are those of the text of the library, without its units and endings, and with a point
// behind "kv": kv_commits_total is the counter kv.commits, kv_sync_seconds_total the counter kv.sync
// in s, kv_file_bytes the gauge kv.file in By. An exporter for Prometheus makes the same names of
// them. Of the calls these are the counters kv.calls, kv.call_errors and kv.call_duration, in s, with
// the attribute kind; histograms cannot be observed, so those of the text are left out.
//
// Each has the attribute store, as in the text the path, or the addresses and the prefix, and those
// that are given. A program unregisters the registration before it closes the store; a collection
// from a closed store has an error and no metrics.
func ObserveMetrics(
	store *kv.Store, provider metric.MeterProvider, attributes ...attribute.KeyValue,
) (metric.Registration, error) {
	observed := &observedStore{store: store}
	all := append([]attribute.KeyValue{
		attribute.String("store", figures.StoreName(context.Background(), store)),
	}, attributes...)
	observed.attributes = metric.WithAttributeSet(attribute.NewSet(all...))
	for _, kind := range kv.CallKinds() {
		ofKind := attribute.NewSet(append([]attribute.KeyValue{attribute.String("kind", kind.String())}, all...)...)
		observed.kinds = append(observed.kinds, metric.WithAttributeSet(ofKind))
	}
	meter := provider.Meter(scopeName)
	instruments, err := observed.make(meter)
	if err != nil {
		return nil, err
	}
	return meter.RegisterCallback(observed.observe, instruments...)
}

// observedStore is a store with its instruments.
type observedStore struct {
	store *kv.Store
	// The attributes of the store.
	attributes metric.ObserveOption
	// With the attribute kind as well, in the order of kv.CallKinds.
	kinds []metric.ObserveOption
	// In the order of figures.All. One of the two is nil.
	counts        []metric.Int64Observable
	times         []metric.Float64Observable
	calls, errors metric.Int64ObservableCounter
	duration      metric.Float64ObservableCounter
}

// make makes the instruments, and returns them for the registration.
func (o *observedStore) make(meter metric.Meter) ([]metric.Observable, error) {
	var all []metric.Observable
	for _, figure := range figures.All {
		count, time, err := instrumentOf(meter, figure)
		if err != nil {
			return nil, err
		}
		o.counts, o.times = append(o.counts, count), append(o.times, time)
		if count != nil {
			all = append(all, count)
		} else {
			all = append(all, time)
		}
	}
	var err error
	if o.calls, err = meter.Int64ObservableCounter("kv.calls",
		metric.WithDescription("Calls, by their kind.")); err != nil {
		return nil, err
	}
	if o.errors, err = meter.Int64ObservableCounter("kv.call_errors",
		metric.WithDescription("Calls that failed, by their kind.")); err != nil {
		return nil, err
	}
	if o.duration, err = meter.Float64ObservableCounter("kv.call_duration", metric.WithUnit("s"),
		metric.WithDescription("The durations of calls, by their kind.")); err != nil {
		return nil, err
	}
	return append(all, o.calls, o.errors, o.duration), nil
}

// instrumentOf makes the instrument of a figure: of integers, or of seconds.
func instrumentOf(meter metric.Meter, figure figures.Figure) (metric.Int64Observable, metric.Float64Observable, error) {
	name, unit := nameAndUnit(figure.Name)
	help, in := metric.WithDescription(figure.Help), metric.WithUnit(unit)
	switch {
	case figure.Divisor == 1 && figure.IsCounter:
		instrument, err := meter.Int64ObservableCounter(name, help, in)
		return instrument, nil, err
	case figure.Divisor == 1:
		instrument, err := meter.Int64ObservableGauge(name, help, in)
		return instrument, nil, err
	case figure.IsCounter:
		instrument, err := meter.Float64ObservableCounter(name, help, in)
		return nil, instrument, err
	default:
		instrument, err := meter.Float64ObservableGauge(name, help, in)
		return nil, instrument, err
	}
}

// nameAndUnit returns the name of an instrument of which an exporter for Prometheus makes a name.
func nameAndUnit(name string) (string, string) {
	name = strings.Replace(strings.TrimSuffix(name, "_total"), "_", ".", 1)
	if stem, isTime := strings.CutSuffix(name, "_seconds"); isTime {
		return stem, "s"
	}
	if stem, isSize := strings.CutSuffix(name, "_bytes"); isSize {
		return stem, "By"
	}
	return name, ""
}

func (o *observedStore) observe(ctx context.Context, to metric.Observer) error {
	metrics, err := o.store.Metrics(ctx)
	if err != nil {
		return err
	}
	for i, figure := range figures.All {
		if o.counts[i] != nil {
			to.ObserveInt64(o.counts[i], int64(figure.Value(&metrics)), o.attributes)
		} else {
			to.ObserveFloat64(o.times[i], figure.Scaled(&metrics), o.attributes)
		}
	}
	for i, kind := range kv.CallKinds() {
		calls, err := o.store.CallMetrics(ctx, kind)
		if err != nil {
			return err
		}
		// As in the text of the library, a kind without calls has no metrics.
		if calls.Calls > 0 || calls.Errors > 0 {
			to.ObserveInt64(o.calls, int64(calls.Calls), o.kinds[i])
			to.ObserveInt64(o.errors, int64(calls.Errors), o.kinds[i])
			to.ObserveFloat64(o.duration, calls.Total.Seconds(), o.kinds[i])
		}
	}
	return nil
}
