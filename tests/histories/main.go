// Histories makes histories of operations on a store by several processes at once, and looks
// whether they are linearizable.
//
//	histories run PLACE KEEP SEED SECONDS ENGINE:COUNT...  so many of each engine; with SECONDS over
//	                                                       and over, for about that time
//	histories again PLACE KEEP SEED ENGINE                 one of an engine, with that very seed
//	histories plants PLACE SEED                            looks whether planted faults are found
//	histories check FILE                                   checks a history that was kept
//	histories work PLAN                                    is a worker of these
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"kv.internal/histories/check"
	"kv.internal/histories/record"
	"kv.internal/histories/work"
)

// searchTime is the longest search for an order.
const searchTime = 10 * time.Second

func main() {
	var err error
	isRight := true
	switch arguments := os.Args[1:]; {
	case len(arguments) == 2 && arguments[0] == "work":
		var plan *work.Plan
		if plan, err = work.Parse(arguments[1]); err == nil {
			err = work.Run(plan)
		}
	case len(arguments) == 2 && arguments[0] == "check":
		isRight, err = checkFile(arguments[1])
	case len(arguments) == 3 && arguments[0] == "plants":
		isRight, err = plants(arguments[1], number(arguments[2]))
	case len(arguments) > 5 && arguments[0] == "run":
		c := &campaign{keep: arguments[2], seed: number(arguments[3]), tally: newTally()}
		c.ground.place = arguments[1]
		isRight, err = c.run(time.Duration(number(arguments[4]))*time.Second, arguments[5:])
	case len(arguments) == 5 && arguments[0] == "again":
		c := &campaign{keep: arguments[2], tally: newTally()}
		c.ground.place = arguments[1]
		isRight, err = c.again(arguments[4], number(arguments[3]))
	default:
		err = fmt.Errorf("usage: histories run|again|plants|check|work ...")
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
	history, err := record.Read(path)
	if err != nil {
		return false, err
	}
	begun := time.Now()
	finding := check.History(history, 10*searchTime)
	fmt.Printf("%d operations, checked in %v\n", len(history.Operations), time.Since(begun).Round(time.Millisecond))
	switch {
	case finding.Violation != "":
		fmt.Println(finding.Violation)
	case finding.IsUndecided:
		fmt.Println("not decided in time")
	default:
		fmt.Printf("linearizable, %d acknowledged writes lost\n", finding.Lost)
	}
	return finding.Violation == "" && !finding.IsUndecided, nil
}
