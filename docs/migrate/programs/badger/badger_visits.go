package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/dgraph-io/badger/v4"
)

// badgerVisits keeps counters under keys with a prefix.
type badgerVisits struct{ db *badger.DB }

// Add repeats its transaction, as long as another one has written the counter meanwhile.
func (v *badgerVisits) Add(_ context.Context, page string) (sum int64, err error) {
	for {
		err = v.db.Update(func(tx *badger.Txn) error {
			sum = 0
			item, err := tx.Get([]byte("visits:" + page))
			if err != nil && !errors.Is(err, badger.ErrKeyNotFound) {
				return err
			}
			if err == nil {
				text, err := item.ValueCopy(nil)
				if err != nil {
					return err
				}
				if sum, err = strconv.ParseInt(string(text), 10, 64); err != nil {
					return err
				}
			}
			sum++
			return tx.Set([]byte("visits:"+page), strconv.AppendInt(nil, sum, 10))
		})
		if !errors.Is(err, badger.ErrConflict) {
			return sum, err
		}
	}
}

func (v *badgerVisits) All(context.Context) (map[string]int64, error) {
	sums := map[string]int64{}
	err := v.db.View(func(tx *badger.Txn) error {
		options := badger.DefaultIteratorOptions
		options.Prefix = []byte("visits:")
		cursor := tx.NewIterator(options)
		defer cursor.Close()
		for cursor.Rewind(); cursor.Valid(); cursor.Next() {
			page := strings.TrimPrefix(string(cursor.Item().Key()), "visits:")
			err := cursor.Item().Value(func(text []byte) (err error) {
				sums[page], err = strconv.ParseInt(string(text), 10, 64)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return sums, err
}
