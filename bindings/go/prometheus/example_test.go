package kvprometheus_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kv.internal/kv"
	kvprometheus "kv.internal/kv/prometheus"
)

// metricsOf answers Prometheus with the metrics of stores.
func metricsOf(stores ...*kv.Store) http.Handler {
	registry := prometheus.NewRegistry()
	for _, store := range stores {
		registry.MustRegister(kvprometheus.NewCollector(store, nil))
	}
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

func ExampleNewCollector() {
	ctx := context.Background()
	store, err := kv.Open(ctx, "memory:")
	check(err)
	defer store.Close()

	check(store.Set(ctx, "sessions", "1", []byte("ada")))
	w := httptest.NewRecorder()
	metricsOf(store).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range strings.Split(w.Body.String(), "\n") {
		if strings.HasPrefix(line, "kv_commits_total{") {
			fmt.Println(line)
		}
	}
	// Output: kv_commits_total{store="memory:"} 1
}

func ExampleCollector() {
	store, err := kv.Open(context.Background(), "memory:")
	check(err)
	collector := kvprometheus.NewCollector(store, prometheus.Labels{"store": "cache", "service": "web"})
	prometheus.MustRegister(collector)
	fmt.Println(prometheus.Unregister(collector))
	check(store.Close())
	// Output: true
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
