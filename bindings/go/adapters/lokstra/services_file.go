package lokstra

import (
	"context"
	"fmt"
	"os"

	"kv.internal/kv"
)

// RegisterServicesFile defines services that a file in YAML has under these names, each a KvStore
// without a prefix of its own; kv.OpenConfig says what is in such a file. A password that is a
// variable, such as ${REDIS_PASSWORD}, is none where the variable is empty or not set.
//
// A file that cannot be read is an error. The services are defined nevertheless, and return it when
// they are requested, as they do with what is wrong in the file.
func RegisterServicesFile(configPath string, names ...string) error {
	for _, name := range names {
		services.register(name, func() (any, error) {
			store, err := kv.OpenConfig(context.Background(), configPath, name)
			if err != nil {
				return nil, err
			}
			return New(store, ""), nil
		})
	}
	if err := checkServicesFile(configPath); err != nil {
		return fmt.Errorf("services file: %w", err)
	}
	return nil
}

func checkServicesFile(configPath string) error {
	info, err := os.Stat(configPath)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &kv.Error{Status: kv.ErrConfig, Message: configPath + " is not a file"}
	}
	_, err = os.ReadFile(configPath)
	return err
}
