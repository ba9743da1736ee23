module kv.internal/kv/outside

go 1.24.0

require (
	github.com/gregjones/httpcache v0.0.0-20190611155906-901d90724c79
	github.com/ipfs/go-datastore v0.9.1
	github.com/philippgille/gokv v0.7.0
	github.com/philippgille/gokv/test v0.7.0
	github.com/throttled/throttled/v2 v2.13.0
	github.com/ulule/limiter/v3 v3.11.2
	kv.internal/kv v0.0.0
)

require (
	github.com/davecgh/go-spew v1.1.1 // indirect
	github.com/go-test/deep v1.1.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/ipfs/go-detect-race v0.0.1 // indirect
	github.com/pkg/errors v0.9.1 // indirect
	github.com/pmezard/go-difflib v1.0.0 // indirect
	github.com/stretchr/testify v1.11.1 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)

replace kv.internal/kv => ../../../bindings/go
