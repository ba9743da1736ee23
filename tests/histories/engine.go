package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"kv.internal/histories/record"
	"kv.internal/histories/servers"
	"kv.internal/histories/work"
)

// disturbance is something that happens in the middle of a history.
type disturbance string

const (
	kill       disturbance = "kill"        // a worker is killed and replaced
	cut        disturbance = "cut"         // all connections to the server are cut
	failOver   disturbance = "fail-over"   // a master and its replica change their roles
	killMaster disturbance = "killed node" // a master is killed, its replica takes over
)

// setting is a store and the work on it.
type setting struct {
	engine       string
	plan         work.Plan
	workers      int
	versions     record.Versions
	disturbances []disturbance
}

// Engines are the kinds of histories. One that is lossy has killed masters.
var engines = []string{"file", "log", "memory", "redis", "cluster", "lossy"}

// ground has the servers that histories share, which are started when the first needs them.
type ground struct {
	place   string
	server  *servers.Server
	cluster *servers.Cluster
}

// newSetting draws a history from a seed.
func (g *ground) newSetting(engine string, seed uint64) (*setting, error) {
	random := rand.New(rand.NewPCG(seed, 1))
	name := fmt.Sprintf("%s%d", engine, seed)
	s := &setting{engine: engine, workers: 2 + random.IntN(2), versions: record.ByValue}
	s.plan = work.Plan{Seed: seed, Threads: 4, Actions: 60 + random.IntN(40), Profile: work.Single, Deadlines: true}
	if random.IntN(2) == 0 {
		// The order of all operations is searched for at once, not that of each key.
		s.plan.Profile, s.workers, s.plan.Actions = work.Multi, 2, s.plan.Actions*3/4
	}
	s.plan.Registers, s.plan.Counters, s.plan.Lists = []string{"a", "b", "c"}, []string{"n"}, []string{"l"}
	if random.IntN(2) == 0 {
		s.plan.Group = "g"
	}
	// In a Redis the default group is counted and deleted key by key.
	s.plan.WholeGroups = engine == "file" || engine == "log" || engine == "memory" || s.plan.Group != ""
	var err error
	switch engine {
	case "file":
		s.plan.Location = "sqlite:" + filepath.Join(g.place, name+".db") + fileOptions(random)
		s.versions = record.ByClock
	case "log":
		// One process has it open.
		s.plan.Location = "log:" + filepath.Join(g.place, name+".db") + logOptions(random)
		s.versions = record.ByClock
		s.workers, s.plan.Threads = 1, 8
	case "memory":
		s.plan.Location = "memory:"
		s.versions = record.ByClock
		s.workers, s.plan.Threads = 1, 8
		s.plan.IsKept, s.plan.ReadsAll = true, true
	case "redis":
		if g.server == nil {
			g.server, err = servers.Start(filepath.Join(g.place, "server"))
		}
		if err == nil {
			s.plan.Location = fmt.Sprintf("redis://127.0.0.1:%d?prefix=%s&call_timeout=30s", g.server.Port, name)
		}
	default:
		err = g.onCluster(s, random, name)
	}
	s.disturb(random)
	return s, err
}

// fileOptions draws options of a file.
func fileOptions(random *rand.Rand) string {
	options := "?busy_timeout=60s"
	for _, option := range []string{"durability=full", "changes=on", "inline_limit=64", "wal_limit=256KiB"} {
		if random.IntN(4) == 0 {
			options += "&" + option
		}
	}
	return options
}

// logOptions draws options of a store with a log; snapshots are made all the time, or never.
func logOptions(random *rand.Rand) string {
	options := "?sync_every=1ms"
	for _, option := range []string{"durability=full", "changes=on", "log_limit=4KiB"} {
		if random.IntN(2) == 0 {
			options += "&" + option
		}
	}
	return options
}

// onCluster puts the work into a slot of the master that has a replica, or on all masters.
func (g *ground) onCluster(s *setting, random *rand.Rand, name string) error {
	if g.cluster == nil {
		cluster, err := servers.StartCluster(filepath.Join(g.place, "cluster"))
		if err != nil {
			return err
		}
		g.cluster = cluster
	}
	g.cluster.Rest()
	slot := g.cluster.Slot(func() string { return fmt.Sprintf("s%d", random.IntN(100_000)) })
	switch {
	case s.plan.Group != "":
		s.plan.Group = slot
	case s.plan.Profile == work.Multi || s.engine == "lossy":
		// All of the store is in one slot.
		name = "{" + slot + "}" + name
	}
	s.plan.Location = g.cluster.Location("prefix=" + name + "&call_timeout=30s")
	if s.engine == "lossy" {
		s.plan.Profile = work.Lists
		s.plan.Lists = []string{"l", "m", "o"}
		s.plan.Registers, s.plan.Counters = nil, nil
		s.plan.Actions, s.workers = 150, 3
	}
	return nil
}

// disturb chooses what happens in the middle by the last digit of the seed.
func (s *setting) disturb(random *rand.Rand) {
	digit := s.plan.Seed % 10
	switch {
	case s.engine == "lossy":
		s.disturbances = []disturbance{killMaster}
	case s.engine == "cluster" && digit%4 == 1:
		s.disturbances = []disturbance{failOver, pickOf(random, kill, cut)}
	case s.engine == "cluster":
		s.disturbances = []disturbance{failOver}
	case s.engine == "log" && digit%3 != 1:
		s.disturbances = []disturbance{kill, kill}
	case s.engine == "file" && digit%3 == 0, s.engine == "redis" && digit%4 == 0:
		s.disturbances = []disturbance{kill}
	case s.engine == "redis" && digit%4 == 1:
		s.disturbances = []disturbance{cut}
	}
}

func pickOf[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

// end ends the servers.
func (g *ground) end() {
	if g.server != nil {
		g.server.Kill()
	}
	if g.cluster != nil {
		g.cluster.Kill()
	}
}

// clear removes what a history has left.
func (g *ground) clear(s *setting) {
	if s.engine != "file" && s.engine != "log" {
		return
	}
	files, _ := filepath.Glob(filepath.Join(g.place, fmt.Sprintf("%s%d.db*", s.engine, s.plan.Seed)))
	for _, file := range files {
		os.RemoveAll(file)
	}
}
