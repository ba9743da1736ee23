package main

import (
	"fmt"

	"kv.internal/histories/check"
	"kv.internal/histories/work"
)

// plantTries is how many histories a planted fault may take to show.
const plantTries = 20

// plants makes histories in memory with each planted fault, and prints whether one was found.
func plants(place string, seed uint64) (bool, error) {
	areFound := true
	g := &ground{place: place}
	for _, plant := range work.Plants {
		found := 0
		for try := uint64(0); try < plantTries && found == 0; try++ {
			setting, err := g.newSetting("memory", mixed(seed, try))
			if err != nil {
				return false, err
			}
			setting.plan.Plant, setting.plan.Profile = plant.Name, plant.Profile
			history, _, err := g.makeHistory(setting)
			if err != nil {
				return false, err
			}
			if check.History(history, searchTime).Violation != "" {
				found = int(try) + 1
			}
		}
		if found == 0 {
			areFound = false
			fmt.Printf("FAILED planted, seed %d: %s\n", seed, plant.Meaning)
			continue
		}
		fmt.Printf("ok planted: %s\n", plant.Meaning)
	}
	return areFound, nil
}
