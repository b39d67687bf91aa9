# Sourced by .ci/run: real servers of our own, in a folder of their own, on ports of their own.
# None runs as root; none keeps anything.

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

ELASTICSEARCH_VERSION=9.5.3

jdk() { # a JDK of 21 or later; empty where there is none
  local one version
  for one in ${ES_JAVA_HOME:-} /usr/lib/jvm/*; do
    version=$("$one/bin/java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1) || true
    if [ "${version:-0}" -ge 21 ]; then echo "$one"; return; fi
  done
}

start_elasticsearch() { # sets SEARCH_NODE, ELASTICSEARCH_HOME and ES_JAVA_HOME
  local port zip folder="$services/elasticsearch"
  port=$(free_port)
  ES_JAVA_HOME=$(jdk)
  # The smallest node there is: what Elasticsearch's own tests run against.
  zip="$HOME/.m2/repository/org/elasticsearch/distribution/integ-test-zip/elasticsearch"
  zip="$zip/$ELASTICSEARCH_VERSION/elasticsearch-$ELASTICSEARCH_VERSION.zip"
  [ -f "$zip" ] || mvn -q -B dependency:get -Dtransitive=false -Dartifact="$(
    )org.elasticsearch.distribution.integ-test-zip:elasticsearch:$ELASTICSEARCH_VERSION:zip"
  mkdir "$folder"
  unzip -qo "$zip" -d "$folder"
  ELASTICSEARCH_HOME="$folder/elasticsearch-$ELASTICSEARCH_VERSION"
  cat >"$ELASTICSEARCH_HOME/config/elasticsearch.yml" <<CONFIG
discovery.type: single-node
xpack.security.enabled: false
network.host: 127.0.0.1
http.port: $port
cluster.routing.allocation.disk.threshold_enabled: false
CONFIG
  [ "$(id -u)" != 0 ] || chown -R nobody "$folder"
  export ES_JAVA_HOME ELASTICSEARCH_HOME
  ES_JAVA_OPTS="-Xms512m -Xmx512m" as_user nobody "$ELASTICSEARCH_HOME/bin/elasticsearch" \
    --daemonize --pidfile "$folder/pid" >"$services/elasticsearch.log" 2>&1
  elasticsearch_pid=$(cat "$folder/pid")
  SEARCH_NODE="http://127.0.0.1:$port"
  for _ in $(seq 60); do
    curl -fsS "$SEARCH_NODE/_cluster/health" >/dev/null 2>&1 && return
    sleep 1
  done
  echo "Elasticsearch did not answer:"; tail -20 "$services/elasticsearch.log"; return 1
}

stop_services() {
  [ -z "${postgres_stop:-}" ] || as_user postgres "${postgres_stop[@]}" || true
  [ -z "${redis_stop:-}" ] || "${redis_stop[@]}" || true
  [ -z "${elasticsearch_pid:-}" ] || kill -9 "$elasticsearch_pid" || true
  rm -rf "$services"
}
