package work

import (
	"context"
	"errors"
	"strconv"

	"kv.internal/histories/record"
	"kv.internal/kv"
)

// batchOf is the batch of some steps.
func batchOf(group string, steps []record.Step) *kv.Batch {
	batch := &kv.Batch{}
	for _, step := range steps {
		switch step.Do {
		case record.Check:
			batch.Check(group, step.Key, step.Version)
		case record.Get:
			batch.Get(group, step.Key)
		case record.Set:
			batch.Set(group, step.Key, []byte(step.Value), optionsOf(step.If, step.Version)...)
		case record.Delete:
			batch.Delete(group, step.Key)
		case record.Take:
			batch.Take(group, step.Key)
		case record.Increment:
			batch.Increment(group, step.Key, step.Delta, 0)
		case record.Append:
			batch.Append(group, step.Key, []byte(step.Value), 0)
		case record.Clear:
			batch.DeletePrefix(group, "")
		}
	}
	return batch
}

// batch makes all steps at once.
func (t *thread) batch(steps []record.Step) *record.Operation {
	if t.plants("torn") && steps[0].Do != record.Check {
		return t.tornBatch(steps)
	}
	return t.make("Commit", steps, func(ctx context.Context) (record.Result, error) {
		return t.commit(ctx, steps)
	})
}

func (t *thread) commit(ctx context.Context, steps []record.Step) (record.Result, error) {
	results, err := t.store.Commit(ctx, batchOf(t.plan.Group, steps))
	if err != nil {
		return record.Result{}, err
	}
	shown := make([]record.StepResult, len(results))
	for i, result := range results {
		shown[i] = record.StepResult{Found: result.Found(), Value: string(result.Value), Version: result.Version}
	}
	return record.Result{Steps: shown}, nil
}

// setMany writes values under keys, all or none.
func (t *thread) setMany(steps []record.Step) *record.Operation {
	return t.make("SetBatch", steps, func(ctx context.Context) (record.Result, error) {
		values := make(map[string][]byte)
		for _, step := range steps {
			values[step.Key] = []byte(step.Value)
		}
		return record.Result{}, t.store.SetBatch(ctx, t.plan.Group, values)
	})
}

// reader reads keys at one moment, and leaves out those that are absent.
type reader func(t *thread, ctx context.Context, keys []string) (map[string]record.StepResult, error)

// readTogether reads keys at one moment.
func (t *thread) readTogether(via string, keys []string, read reader) *record.Operation {
	steps := make([]record.Step, len(keys))
	for i, key := range keys {
		steps[i] = record.Step{Do: record.Get, Key: key}
	}
	return t.make(via, steps, func(ctx context.Context) (record.Result, error) {
		found, err := read(t, ctx, keys)
		shown := make([]record.StepResult, len(keys))
		for i, key := range keys {
			shown[i] = found[key]
		}
		return record.Result{Steps: shown}, err
	})
}

func (t *thread) getMany(ctx context.Context, keys []string) (map[string]record.StepResult, error) {
	if t.plants("unsteady") {
		return t.unsteadyGetMany(ctx, keys)
	}
	values, err := t.store.GetBatch(ctx, t.plan.Group, keys)
	found := make(map[string]record.StepResult)
	for key, value := range values {
		found[key] = record.StepResult{Found: true, Value: string(value)}
	}
	return found, err
}

func (t *thread) scan(ctx context.Context, _ []string) (map[string]record.StepResult, error) {
	found := make(map[string]record.StepResult)
	for entry, err := range t.store.Scan(ctx, t.plan.Group, kv.Snapshot()) {
		if err != nil {
			return nil, err
		}
		found[entry.Key] = record.StepResult{Found: true, Value: string(entry.Value), Version: entry.Version}
	}
	return found, nil
}

func (t *thread) count() *record.Operation {
	return t.make("Count", []record.Step{{Do: record.Count}}, func(ctx context.Context) (record.Result, error) {
		count, err := t.store.Count(ctx, t.plan.Group)
		return shows(true, strconv.Itoa(count), 0), err
	})
}

func (t *thread) clear() *record.Operation {
	return t.make("DeleteGroup", []record.Step{{Do: record.Clear}}, func(ctx context.Context) (record.Result, error) {
		count, err := t.store.DeleteGroup(ctx, t.plan.Group)
		return shows(true, strconv.Itoa(count), 0), err
	})
}

// transaction reads some keys, then writes some. Each read is an operation, and so is the commit:
// it checks all that was read.
func (t *thread) transaction(reads []string, writes []record.Step) {
	tx, err := t.store.Begin(context.Background())
	if err != nil {
		t.note(err)
		return
	}
	defer tx.Rollback()
	versions := make(map[string]uint64)
	for _, key := range reads {
		steps := []record.Step{{Do: record.Get, Key: key}}
		read := t.make("Tx.GetEntry", steps, func(context.Context) (record.Result, error) {
			entry, err := tx.GetEntry(t.plan.Group, key)
			return absentIsNoError(shows(true, string(entry.Value), entry.Version), err)
		})
		if read.Result.Outcome != record.Applied {
			return
		}
		versions[key] = read.Result.Steps[0].Version
	}
	var steps []record.Step
	isWritten := make(map[string]bool)
	for _, write := range writes {
		if version, isRead := versions[write.Key]; isRead {
			write.If, write.Version = record.AtVersion, version
		}
		steps = append(steps, write)
		isWritten[write.Key] = true
	}
	for _, key := range reads {
		if !isWritten[key] {
			steps = append(steps, record.Step{Do: record.Check, Key: key, If: record.AtVersion, Version: versions[key]})
		}
	}
	t.make("Tx.Commit", steps, func(ctx context.Context) (record.Result, error) {
		if t.plants("unguarded") {
			return t.unguardedCommit(ctx, writes)
		}
		return record.Result{Step: -1}, t.commitTransaction(tx, writes)
	})
}

func (t *thread) commitTransaction(tx *kv.Tx, writes []record.Step) error {
	for _, write := range writes {
		var err error
		if write.Do == record.Delete {
			err = tx.Delete(t.plan.Group, write.Key)
		} else {
			err = tx.Set(t.plan.Group, write.Key, []byte(write.Value))
		}
		if err != nil {
			return errors.Join(errors.New("a buffered write failed"), err)
		}
	}
	return tx.Commit()
}
