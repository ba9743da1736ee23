package lokstra

import (
	"fmt"
	"strings"
)

// openRedis opens the Redis of a configuration. The prefix is that of the kv store: "user:1" with
// the prefix "myapp" is the string "myapp:user:1" of the server, as for any other client.
func openRedis(config map[string]any) (any, error) {
	settings := settings{serviceType: ServiceRedis, config: config}
	address := settings.text("addr", "localhost:6379")
	password := settings.text("password", "")
	database := settings.number("db", 0)
	poolSize := settings.number("pool_size", 10)
	prefix := settings.text("prefix", defaultPrefix)

	user := ""
	if password != "" {
		user = ":" + escaped(password) + "@"
	}
	options := fmt.Sprintf("pool_size=%d&prefix=%s", poolSize, escaped(prefix))
	if strings.HasPrefix(address, "/") {
		location := fmt.Sprintf("redis+unix://%s/%s?db=%d&%s", user, escaped(address[1:]), database, options)
		return settings.open(location, "")
	}
	// In a location these begin something else than a host.
	if address == "" || strings.ContainsAny(address, "/?@,") {
		settings.fail("addr is not HOST:PORT, nor the path of a socket")
	}
	return settings.open(fmt.Sprintf("redis://%s%s/%d?%s", user, address, database, options), "")
}

// escaped returns a text as a part of a location, where each byte of it means itself.
func escaped(text string) string {
	var location strings.Builder
	for _, octet := range []byte(text) {
		fmt.Fprintf(&location, "%%%02X", octet)
	}
	return location.String()
}
