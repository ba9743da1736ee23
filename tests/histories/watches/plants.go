package main

import "fmt"

// plant is a fault of a watcher that can be planted.
type plant struct {
	meaning string
	engine  string
	// watcher is the number of the one that has the fault.
	watcher int
	put     func(w *watching)
}

var allPlants = []plant{
	{"an event is dropped", "memory", 0, func(w *watching) { w.Plant = "dropped" }},
	{"an event is repeated", "memory", 0, func(w *watching) { w.Plant = "repeated" }},
	{"two events are reordered", "memory", 0, func(w *watching) { w.Plant = "reordered" }},
	{"a watcher begins now after a kill", "file", 2, func(w *watching) { w.Again = "now" }},
	{"a watcher repeats an event after a kill", "file", 2, func(w *watching) { w.Plant = "behind" }},
}

// plants makes histories with each planted fault, and prints whether it was found.
func plants(place string, seed uint64) (bool, error) {
	areFound := true
	for i, plant := range allPlants {
		c := newCampaign(place, "", seed)
		// The number is that of a history whose log is not trimmed.
		s, err := c.newSetting(plant.engine, seed+uint64(i), 1)
		if err != nil {
			return false, err
		}
		plant.put(&s.watchers[plant.watcher])
		if err := c.one(s); err != nil {
			return false, err
		}
		if len(c.faults) == 1 {
			fmt.Printf("ok planted: %s\n", plant.meaning)
			continue
		}
		areFound = false
		fmt.Printf("FAILED planted, seed %d: %s: %q\n", seed, plant.meaning, c.faults)
	}
	return areFound, nil
}
