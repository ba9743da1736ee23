package work

import "kv.internal/histories/record"

// act draws an action and makes it.
func (t *thread) act() {
	switch t.plan.Profile {
	case Lists:
		t.actOnLists()
	case Multi:
		t.actOnSeveral()
	default:
		t.actOnOne()
	}
}

// newValue is a value that is written once.
func (t *thread) newValue() string {
	t.values++
	pad := 0
	if t.random.IntN(8) == 0 {
		pad = t.random.IntN(100)
	}
	return t.plan.value(t.number, t.values, pad)
}

func (t *thread) newToken() string {
	t.values++
	return t.plan.value(t.number, t.values, 0) + ";"
}

// newDelta is rarely that of another increment, so that a sum says which were made.
func (t *thread) newDelta() int64 { return 1 + t.random.Int64N(1_000_000) }

func (t *thread) actOnOne() {
	switch at := t.random.IntN(100); {
	case at < 62:
		t.actOnRegister(pick(t.random, t.plan.Registers))
	case at < 83:
		t.actOnCounter(pick(t.random, t.plan.Counters))
	default:
		t.actOnList(pick(t.random, t.plan.Lists))
	}
}

func (t *thread) actOnRegister(key string) {
	switch at := t.random.IntN(62); {
	case at < 16:
		t.get(key)
	case at < 28:
		t.set(key, t.newValue())
	case at < 35:
		t.put(key, t.newValue(), record.Absent, 0)
	case at < 39:
		t.put(key, t.newValue(), record.Present, 0)
	case at < 50:
		if version, isRead := t.versionOf(key); isRead {
			t.put(key, t.newValue(), record.AtVersion, version)
		}
	case at < 53:
		if version, isRead := t.versionOf(key); isRead && version != 0 {
			t.deleteVersion(key, version)
		}
	case at < 57:
		t.delete(key)
	default:
		t.take(key)
	}
}

// versionOf reads the version of a key, 0 of an absent one.
func (t *thread) versionOf(key string) (uint64, bool) {
	result := t.getEntry(key).Result
	if result.Outcome != record.Applied {
		return 0, false
	}
	return result.Steps[0].Version, true
}

func (t *thread) actOnCounter(key string) {
	switch at := t.random.IntN(20); {
	case at < 13:
		t.increment(key, t.newDelta())
	case at < 18:
		t.get(key)
	case at < 19:
		t.take(key)
	default:
		t.delete(key)
	}
}

func (t *thread) actOnList(key string) {
	switch at := t.random.IntN(20); {
	case at < 12:
		t.append(key, t.newToken())
	case at < 18:
		t.get(key)
	default:
		t.take(key)
	}
}

func (t *thread) actOnSeveral() {
	switch at := t.random.IntN(100); {
	case at < 30:
		t.batch(t.drawSteps())
	case at < 36:
		t.setMany(t.drawSets(2))
	case at < 54:
		t.actInTransaction()
	case at < 66:
		t.readTogether("GetBatch", t.someKeys(), (*thread).getMany)
	case at < 74:
		t.readTogether("Scan", t.plan.Keys(), (*thread).scan)
	case at < 78 && t.plan.WholeGroups:
		t.count()
	case at < 79 && t.plan.WholeGroups:
		t.clear()
	default:
		t.actOnOne()
	}
}

// someKeys are two keys or more, in any order.
func (t *thread) someKeys() []string {
	keys := t.plan.Keys()
	t.random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	return keys[:2+t.random.IntN(len(keys)-1)]
}

// drawSets are sets of some registers, and sometimes a delete.
func (t *thread) drawSets(least int) []record.Step {
	var steps []record.Step
	for _, i := range t.random.Perm(len(t.plan.Registers))[:least+t.random.IntN(len(t.plan.Registers)-least+1)] {
		steps = append(steps, record.Step{Do: record.Set, Key: t.plan.Registers[i], Value: t.newValue()})
	}
	return steps
}

// drawSteps are those of a batch: two to five on any keys, some with conditions.
func (t *thread) drawSteps() []record.Step {
	var steps []record.Step
	for range 2 + t.random.IntN(4) {
		steps = append(steps, t.drawStep())
	}
	if t.random.IntN(3) != 0 {
		return steps
	}
	key := pick(t.random, t.plan.Registers)
	if version, isRead := t.versionOf(key); isRead {
		check := record.Step{Do: record.Check, Key: key, If: record.AtVersion, Version: version}
		steps = append([]record.Step{check}, steps...)
	}
	return steps
}

func (t *thread) drawStep() record.Step {
	register := pick(t.random, t.plan.Registers)
	switch at := t.random.IntN(20); {
	case at < 8:
		return record.Step{Do: record.Set, Key: register, Value: t.newValue()}
	case at < 9:
		return record.Step{Do: record.Set, Key: register, Value: t.newValue(), If: record.Absent}
	case at < 10:
		return record.Step{Do: record.Set, Key: register, Value: t.newValue(), If: record.Present}
	case at < 13:
		return record.Step{Do: record.Get, Key: pick(t.random, t.plan.Keys())}
	case at < 15:
		return record.Step{Do: record.Increment, Key: pick(t.random, t.plan.Counters), Delta: t.newDelta()}
	case at < 17:
		return record.Step{Do: record.Append, Key: pick(t.random, t.plan.Lists), Value: t.newToken()}
	case at < 18:
		return record.Step{Do: record.Take, Key: register}
	}
	return record.Step{Do: record.Delete, Key: register}
}

func (t *thread) actInTransaction() {
	reads := t.someKeys()
	if t.random.IntN(6) == 0 {
		// One without writes is a read of all its keys.
		t.transaction(reads, nil)
		return
	}
	writes := t.drawSets(1)
	if t.random.IntN(4) == 0 {
		writes[0] = record.Step{Do: record.Set, Key: writes[0].Key, Value: t.newValue()}
	}
	t.transaction(reads[:min(len(reads), 3)], writes)
}

func (t *thread) actOnLists() {
	switch at := t.random.IntN(20); {
	case at < 10:
		t.append(pick(t.random, t.plan.Lists), t.newToken())
	case at < 13:
		var steps []record.Step
		for _, i := range t.random.Perm(len(t.plan.Lists))[:2] {
			steps = append(steps, record.Step{Do: record.Append, Key: t.plan.Lists[i], Value: t.newToken()})
		}
		t.batch(steps)
	case at < 18:
		t.get(pick(t.random, t.plan.Lists))
	default:
		t.readTogether("GetBatch", t.plan.Lists, (*thread).getMany)
	}
}
