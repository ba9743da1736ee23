# shellcheck shell=bash disable=SC2034
# A Redis of one's own, for scripts that source this. scripts/harness.sh ends it with the script.

# start_redis DIRECTORY: starts a server that keeps its files there and nothing beyond its end, and sets
# redis_port and redis_server, its process. Another process can take a free port before the server binds
# it, so the next port is tried then.
start_redis() {
    for redis_port in $(shuf -i 20000-32000 -n 20); do
        redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --dir "$1" \
            --logfile "$1/redis.log" &
        redis_server=$!
        # The shell's `wait` does not wait for it.
        disown
        for _ in {1..50}; do
            # Another server may have the port: the reply has to be this one's.
            if redis-cli -p "$redis_port" info server 2>&1 |
                grep "process_id:$redis_server\b" >/dev/null; then return; fi
            if ! kill -0 "$redis_server" 2>/dev/null; then break; fi
            sleep 0.1
        done
        kill "$redis_server" 2>/dev/null || true
    done
    echo "no redis-server starts: $(tail -n 3 "$1/redis.log")" >&2
    return 1
}
