// Watches makes histories of what watches receive while several processes write, and looks whether
// each event comes once and in order, or is announced as lost.
//
//	watches run PLACE KEEP SEED SECONDS ENGINE:COUNT...  so many of each engine; with SECONDS over
//	                                                     and over, for about that time
//	watches again PLACE KEEP SEED ENGINE NUMBER          one, with that very seed
//	watches plants PLACE SEED                            looks whether planted faults are found
//	watches check FILE                                   checks the log of a watcher that was kept
//	watches write|watch WORK                             is a process of these
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"
)

func main() {
	isRight := true
	var err error
	switch arguments := os.Args[1:]; {
	case len(arguments) == 2 && arguments[0] == "write":
		w := &writing{}
		if err = json.Unmarshal([]byte(arguments[1]), w); err == nil {
			err = runWriter(w)
		}
	case len(arguments) == 2 && arguments[0] == "watch":
		w := &watching{}
		if err = json.Unmarshal([]byte(arguments[1]), w); err == nil {
			err = runWatcher(w)
		}
	case len(arguments) == 2 && arguments[0] == "check":
		isRight, err = checkFile(arguments[1])
	case len(arguments) == 3 && arguments[0] == "plants":
		isRight, err = plants(arguments[1], number(arguments[2]))
	case len(arguments) == 6 && arguments[0] == "again":
		c := newCampaign(arguments[1], arguments[2], number(arguments[3]))
		isRight, err = c.again(arguments[4], number(arguments[5]))
	case len(arguments) > 5 && arguments[0] == "run":
		c := newCampaign(arguments[1], arguments[2], number(arguments[3]))
		isRight, err = c.run(time.Duration(number(arguments[4]))*time.Second, arguments[5:])
	default:
		err = fmt.Errorf("usage: watches run|again|plants|check|write|watch ...")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if !isRight {
		os.Exit(1)
	}
}

func number(text string) uint64 {
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return number
}

func checkFile(path string) (bool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return false, err
	}
	h := &history{}
	if err := json.Unmarshal(text, h); err != nil {
		return false, err
	}
	result, fault := h.check()
	fmt.Printf("%d events, %d resumptions, %d announced as lost\n", result.events, result.resumptions, result.lost)
	if fault != "" {
		fmt.Println(fault)
	}
	return fault == "", nil
}
