package children

import (
	"fmt"
	"time"
)

// Until waits until something is so.
func Until(meaning string, within time.Duration, isSo func() bool) error {
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if isSo() {
			return nil
		}
	}
	return fmt.Errorf("after %v it is not so that %s", within, meaning)
}
