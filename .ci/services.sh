# Sourced by .ci/run: real servers of our own, in a folder of their own, on ports of their own.
# Neither runs as root; neither keeps anything.

services=$(mktemp -d)
chmod 755 "$services"

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

as_user() { # as_user NAME COMMAND…
  if [ "$(id -u)" = 0 ]; then runuser -u "$1" -- "${@:2}"; else "${@:2}"; fi
}

start_postgres() { # sets POSTGRES_URL
  local bin port folder="$services/postgres"
  bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
  port=$(free_port)
  mkdir "$folder"
  [ "$(id -u)" != 0 ] || chown postgres "$folder"
  as_user postgres "$bin/initdb" --pgdata "$folder/data" --username tongban --auth trust \
    --encoding UTF8 --locale C.UTF-8 >"$services/initdb.log"
  # What is tested is what happens to requests, not to disks.
  as_user postgres "$bin/pg_ctl" --pgdata "$folder/data" --wait --silent --log "$folder/log" \
    --options "-h 127.0.0.1 -p $port -k $folder -c fsync=off -c max_connections=60" start
  as_user postgres "$bin/createdb" -h 127.0.0.1 -p "$port" -U tongban tongban
  postgres_stop=("$bin/pg_ctl" --pgdata "$folder/data" --mode immediate --silent stop)
  POSTGRES_URL="postgres://tongban@127.0.0.1:$port/tongban"
}

start_redis() { # sets REDIS_URL
  local port folder="$services/redis"
  port=$(free_port)
  mkdir "$folder"
  [ "$(id -u)" != 0 ] || chown redis "$folder"
  (cd "$folder" && as_user redis redis-server --bind 127.0.0.1 --port "$port" --save "" \
    --appendonly no --daemonize yes --pidfile "$folder/pid" --logfile "$folder/log" >/dev/null)
  for _ in $(seq 50); do redis-cli -p "$port" ping >/dev/null 2>&1 && break; sleep 0.1; done
  redis_stop=(redis-cli -p "$port" shutdown nosave)
  REDIS_URL="redis://127.0.0.1:$port"
}

stop_services() {
  [ -z "${postgres_stop:-}" ] || as_user postgres "${postgres_stop[@]}" || true
  [ -z "${redis_stop:-}" ] || "${redis_stop[@]}" || true
  rm -rf "$services"
}
