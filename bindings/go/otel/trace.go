// Package kvotel has the calls of package kv as spans of OpenTelemetry, and the metrics of a store as
// its metrics.
//
//	kv.SetTrace(kvotel.NewTrace())
//	registration, err := kvotel.ObserveMetrics(store, otel.GetMeterProvider())
package kvotel

import (
	"context"
	"errors"
	"strconv"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.39.0"
	"go.opentelemetry.io/otel/trace"

	"kv.internal/kv"
)

// scopeName is that of the instrumentation.
const scopeName = "kv.internal/kv/otel"

// systemName is the value of db.system.name.
const systemName = "kv"

// Option changes the spans of a trace.
type Option struct {
	provider           trace.TracerProvider
	hasGroups, hasKeys bool
}

// WithTracerProvider makes the spans by a provider; without it they are made by the global one.
func WithTracerProvider(provider trace.TracerProvider) Option { return Option{provider: provider} }

// WithGroups adds the group of a call as db.collection.name, and to the name of its span. It is for
// programs whose groups are few and name no user.
func WithGroups() Option { return Option{hasGroups: true} }

// WithKeys adds the key of a call as db.operation.parameter.key, and the whole message of an error,
// which may name group and key. It is for programs whose keys are no secret.
func WithKeys() Option { return Option{hasKeys: true} }

// NewTrace returns a trace for [kv.SetTrace] that makes a span of each call: a child of the span in the
// context of the call, of the kind client, with the attributes of the semantic conventions for
// databases. Its name is that of the kind of the call, such as "get".
//
// The attributes are db.system.name, which is "kv", and db.operation.name, the kind. A call that
// returns an error or an outcome, such as a key that is missing, has its status in
// db.response.status_code. An error is also in error.type, and the span has the status Error with
// the meaning of the kv status; an outcome is no error of the span.
func NewTrace(options ...Option) kv.Trace {
	var chosen Option
	for _, option := range options {
		if option.provider != nil {
			chosen.provider = option.provider
		}
		chosen.hasGroups = chosen.hasGroups || option.hasGroups
		chosen.hasKeys = chosen.hasKeys || option.hasKeys
	}
	if chosen.provider == nil {
		chosen.provider = otel.GetTracerProvider()
	}
	tracer := chosen.provider.Tracer(scopeName, trace.WithSchemaURL(semconv.SchemaURL))
	return kv.Trace{
		Begin: func(ctx context.Context, call kv.Call) context.Context { return chosen.begin(ctx, tracer, call) },
		End:   end,
		Keys:  chosen.hasKeys,
	}
}

func (o Option) begin(ctx context.Context, tracer trace.Tracer, call kv.Call) context.Context {
	name := call.Kind.String()
	ctx, span := tracer.Start(ctx, o.spanName(name, call), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(semconv.DBSystemNameKey.String(systemName), semconv.DBOperationName(name)))
	if !span.IsRecording() {
		return ctx
	}
	if o.hasGroups && call.Group != "" {
		span.SetAttributes(semconv.DBCollectionName(call.Group))
	}
	if o.hasKeys && call.Key != "" {
		span.SetAttributes(semconv.DBOperationParameter("key", call.Key))
	}
	return ctx
}

// spanName returns the name of the span of a call of the kind that is called kind.
func (o Option) spanName(kind string, call kv.Call) string {
	if o.hasGroups && call.Group != "" {
		return kind + " " + call.Group
	}
	return kind
}

func end(ctx context.Context, call kv.Call) {
	span := trace.SpanFromContext(ctx)
	if call.Err != nil && span.IsRecording() {
		status := statusOf(call.Err)
		code := strconv.Itoa(int(status))
		span.SetAttributes(semconv.DBResponseStatusCode(code))
		// An outcome is a positive number.
		if status < kv.OK {
			span.SetAttributes(semconv.ErrorTypeKey.String(code))
			span.SetStatus(codes.Error, call.Err.Error())
		}
	}
	span.End()
}

// statusOf returns the status of an error of a call, which is one itself without the keys.
func statusOf(err error) kv.Status {
	var status kv.Status
	var detail *kv.Error
	switch {
	case errors.As(err, &status):
		return status
	case errors.As(err, &detail):
		return detail.Status
	default:
		return kv.ErrPanic
	}
}
