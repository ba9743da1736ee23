package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"

	"kv.internal/histories/servers"
)

// setting is a history: who writes and watches, and what happens in the middle.
type setting struct {
	engine   string
	seed     uint64
	location string
	options  string
	writers  []writing
	watchers []watching
	names    []string
	// kills are watchers that are killed and started again, by number; stopped is one that is stopped
	// while the others go on, or -1.
	kills   []int
	stopped int
	// killsWriter, cuts and compacts say what else happens.
	killsWriter, cuts, compacts bool
	// mayLose says that a watch with room for all may lose changes: the log is trimmed.
	mayLose bool
}

// room is enough for all changes of a history.
const room = 1 << 18

// ground has the server that histories share.
type ground struct {
	place  string
	server *servers.Server
}

// newSetting draws a history. Its number decides what happens, so that each kind comes.
func (g *ground) newSetting(engine string, seed, number uint64) (*setting, error) {
	random := rand.New(rand.NewPCG(seed, 1))
	s := &setting{engine: engine, seed: seed, stopped: -1}
	name := fmt.Sprintf("%s%d", engine, seed)
	iterations := 150 + random.IntN(150)
	for i := range 2 {
		s.writers = append(s.writers, writing{Name: string(rune('p' + i)), Threads: 2, Iterations: iterations, Callbacks: i == 0})
	}
	switch engine {
	case "memory":
		s.location = "memory:"
		s.add(g, name, "plain", watching{Start: "now", Capacity: room})
		s.add(g, name, "slow", watching{Start: "now", Capacity: 16, Rest: 100})
		s.add(g, name, "existing", watching{Start: "existing", Capacity: room})
	case "file":
		s.location = "sqlite:" + filepath.Join(g.place, name+".db")
		s.options = "?busy_timeout=60s&changes=on&purge_interval=100ms"
		s.mayLose = number%2 == 0
		if s.mayLose {
			s.options += "&changes_keep=700"
		}
		if random.IntN(2) == 0 {
			s.options += "&wal_limit=1MiB"
		}
		s.add(g, name, "plain", watching{Start: "now", Capacity: room})
		s.add(g, name, "slow", watching{Start: "now", Capacity: 16, Rest: 200})
		s.add(g, name, "resumed", watching{Start: "since", Again: "since", Capacity: room})
		s.add(g, name, "stopped", watching{Start: "since", Again: "since", Capacity: room})
		s.kills, s.stopped = []int{2, 2, 3}, 3
		s.compacts = number%3 != 1
		s.killsWriter = number%3 != 0
	case "redis":
		if g.server == nil {
			var err error
			if g.server, err = servers.Start(filepath.Join(g.place, "server")); err != nil {
				return nil, err
			}
		}
		s.location = fmt.Sprintf("redis://127.0.0.1:%d", g.server.Port)
		s.options = "?scans=snapshot&call_timeout=30s&prefix=" + name
		s.add(g, name, "plain", watching{Start: "now", Capacity: room})
		s.add(g, name, "second", watching{Start: "now", Capacity: room})
		s.add(g, name, "again", watching{Start: "existing", Again: "existing", Capacity: room})
		s.kills = []int{2}
		s.cuts, s.mayLose = number%2 == 1, number%2 == 1
		s.killsWriter = number%2 == 1
	default:
		return nil, fmt.Errorf("no engine %q", engine)
	}
	for i := range s.writers {
		s.writers[i].Location = s.location + s.options
	}
	return s, nil
}

func (s *setting) add(g *ground, name, kind string, w watching) {
	w.Location = s.location + s.options
	w.Log = filepath.Join(g.place, name+"."+kind)
	w.Seed = s.seed
	s.watchers = append(s.watchers, w)
	s.names = append(s.names, kind)
}
