package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"kv.internal/histories/children"
	"kv.internal/histories/record"
	"kv.internal/histories/work"
	"kv.internal/kv"
)

// patience is the longest time of a history: after it something hangs.
const patience = 3 * time.Minute

// run makes a history.
type run struct {
	*ground
	*setting
	random  *rand.Rand
	workers []*children.Child
	plans   []work.Plan
	logs    []string
	// done counts the disturbances that have happened.
	done map[disturbance]int
	// killed and served are the moments at which a master was killed, and another served its slots.
	killed, served int64
}

// makeHistory makes the history of a setting. An error is a hang, or a worker that failed.
func (g *ground) makeHistory(s *setting) (*record.History, map[disturbance]int, error) {
	r := &run{ground: g, setting: s, random: rand.New(rand.NewPCG(s.plan.Seed, 2)), done: make(map[disturbance]int)}
	defer r.endWorkers()
	for i := range s.workers {
		plan := s.plan
		plan.Worker = i
		if err := r.start(plan); err != nil {
			return nil, r.done, err
		}
	}
	for _, worker := range r.workers {
		worker.Say("go")
	}
	for _, disturbance := range s.disturbances {
		if err := r.disturb(disturbance); err != nil {
			return nil, r.done, err
		}
	}
	for _, worker := range r.workers {
		if err := worker.Expect("done", patience); err != nil {
			return nil, r.done, err
		}
		if err := worker.Wait(patience); err != nil {
			return nil, r.done, err
		}
	}
	if !s.plan.ReadsAll {
		if err := r.readAll(); err != nil {
			return nil, r.done, err
		}
	}
	history, err := r.collect()
	return history, r.done, err
}

// start starts a worker, and returns when it is ready.
func (r *run) start(plan work.Plan) error {
	plan.Log = r.newLog()
	worker, err := children.Again(filepath.Join(r.place, "errors"), "work", plan.String())
	if err != nil {
		return err
	}
	r.workers = append(r.workers, worker)
	r.plans = append(r.plans, plan)
	return worker.Expect("ready", patience)
}

func (r *run) newLog() string {
	log := filepath.Join(r.place, fmt.Sprintf("%s%d.%d", r.engine, r.plan.Seed, len(r.logs)))
	r.logs = append(r.logs, log)
	return log
}

// disturb waits until a random part of the work is done, then disturbs it.
func (r *run) disturb(what disturbance) error {
	i := r.random.IntN(len(r.workers))
	worker, log := r.workers[i], r.logs[i]
	// Less than the bytes of the records of all actions.
	part := r.random.Float64() * float64(r.plan.Threads*r.plan.Actions*250)
	for end := time.Now().Add(patience); !worker.HasEnded(); time.Sleep(200 * time.Microsecond) {
		if size, err := os.Stat(log); err == nil && float64(size.Size()) >= part {
			break
		}
		if time.Now().After(end) {
			return fmt.Errorf("a worker does nothing for %v", patience)
		}
	}
	if worker.HasEnded() {
		return nil
	}
	switch what {
	case kill:
		worker.Kill()
		r.done[kill]++
		return r.replace(i)
	case cut:
		r.done[cut]++
		if r.cluster != nil && r.engine == "cluster" {
			r.cluster.Cut()
		} else {
			r.server.Cut()
		}
	case failOver:
		r.done[failOver]++
		return r.cluster.FailOver()
	case killMaster:
		r.done[killMaster]++
		err := r.cluster.KillMaster(func() { r.killed = record.Now() })
		r.served = record.Now()
		return err
	}
	return nil
}

// replace starts a worker in place of one that was killed, for the rest of its work.
func (r *run) replace(i int) error {
	plan := r.plans[i]
	plan.Generation++
	plan.Actions /= 2
	last := len(r.workers)
	if err := r.start(plan); err != nil {
		return err
	}
	r.workers[last].Say("go")
	r.workers[i] = r.workers[last]
	r.plans[i] = r.plans[last]
	r.workers, r.plans = r.workers[:last], r.plans[:last]
	return nil
}

// readAll reads all keys from a store that is opened after all others are closed.
func (r *run) readAll() error {
	ctx := context.Background()
	store, err := kv.Open(ctx, r.plan.Location)
	if err != nil {
		return fmt.Errorf("the store cannot be opened at the end: %w", err)
	}
	defer store.Close()
	plan := r.plan
	plan.Worker, plan.Deadlines = len(r.workers), false
	log, err := record.OpenLog(r.newLog(), true)
	if err != nil {
		return err
	}
	if err := work.ReadAll(&plan, store, log); err != nil {
		return err
	}
	if err := log.Close(); err != nil {
		return err
	}
	if err := store.Check(ctx); err != nil {
		return fmt.Errorf("the store is damaged at the end: %w", err)
	}
	return nil
}

// collect puts the logs together. The last operation is the read of all keys.
func (r *run) collect() (*record.History, error) {
	history := &record.History{Head: record.Head{
		Seed: r.plan.Seed, Engine: r.engine, Plan: r.plan.String(), Versions: r.versions,
		Losses: r.killed != 0, Killed: r.killed, Served: r.served,
	}}
	for _, log := range r.logs {
		operations, err := record.ReadLog(log)
		if err != nil {
			return nil, err
		}
		history.Operations = append(history.Operations, operations...)
		os.Remove(log)
	}
	return history, nil
}

func (r *run) endWorkers() {
	for _, worker := range r.workers {
		worker.Kill()
	}
}
