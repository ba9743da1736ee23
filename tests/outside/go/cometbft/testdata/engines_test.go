package db_test

import (
	"context"

	db "github.com/cometbft/cometbft-db"
	"kv.internal/kv"
	"kv.internal/kv/outside/cometbft"
	"kv.internal/kv/outside/engines"
)

// Both files of this directory are put beside the tests of cometbft-db, in a copy of its module.
func init() {
	for _, engine := range engines.Names {
		db.Register("kv-"+engine, func(_, directory string) (db.DB, error) {
			store, err := kv.Open(context.Background(), engines.Location(engine, directory))
			if err != nil {
				return nil, err
			}
			return cometbft.New(store, "chain"), nil
		})
	}
}
