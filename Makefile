# Needs Go and nothing else. `make test` installs what the tests of other
# people's clients drive, where it may (.ci/tools).

GO ?= go

# No C compiler is needed, and all targets share one build cache.
export CGO_ENABLED ?= 0

.PHONY: build demo check test bench soak clean

build:
	$(GO) build -o bin/transship ./cmd/transship

# The whole road in a local cloud, in under a minute.
demo: build
	bin/transship demo

check:
	@unformatted=$$(gofmt -l .); \
	if [ -n "$$unformatted" ]; then echo "not formatted with gofmt:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags soak ./...
	$(GO) tool staticcheck ./...
	$(GO) test ./internal/rooms

test: check
	@.ci/tools
	$(GO) test -timeout 9m ./...

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

# Long tests, foreign stores and crashes by the dozen.
soak:
	$(GO) test -tags soak -run Soak -timeout 60m -v ./...

clean:
	rm -rf bin
