#!/bin/bash
# Makes a database cluster at the first start, then runs the server.
set -euo pipefail

# VARIABLE or the content of the file that VARIABLE_FILE names.
setting() {
  local file_variable="$1_FILE"
  if [ -n "${!file_variable:-}" ]; then
    cat "${!file_variable}"
  else
    printf '%s' "${!1:-$2}"
  fi
}

initialise() {
  local folder=$1 user database
  user=$(setting POSTGRES_USER postgres)
  database=$(setting POSTGRES_DB "$user")
  PGPASSWORD=$(setting POSTGRES_PASSWORD '')
  if [ -z "$PGPASSWORD" ]; then
    echo 'postgres: no superuser password: set POSTGRES_PASSWORD_FILE or POSTGRES_PASSWORD' >&2
    exit 1
  fi
  export PGPASSWORD PGUSER=$user PGHOST=/var/run/postgresql
  # Options are words.
  # shellcheck disable=SC2086
  initdb --pgdata="$folder" --username="$user" --pwfile=<(printf '%s\n' "$PGPASSWORD") \
    --auth-local=scram-sha-256 --auth-host=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
  printf '\nhost all all all scram-sha-256\n' >>"$folder/pg_hba.conf"
  pg_ctl --pgdata="$folder" --wait start -o "-c listen_addresses=''"
  [ "$database" = postgres ] || createdb "$database"
  for script in /docker-entrypoint-initdb.d/*; do
    case $script in
      *.sh) bash "$script" ;;
      *.sql) psql -v ON_ERROR_STOP=1 --no-psqlrc --dbname "$database" --file "$script" ;;
    esac
  done
  pg_ctl --pgdata="$folder" --mode=fast --wait stop
  unset PGPASSWORD PGUSER PGHOST
}

case ${1:-postgres} in
  -*) set -- postgres "$@" ;;
esac

if [ "${1:-}" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -w "$(dirname "$PGDATA")" ] && { [ ! -e "$PGDATA" ] || rmdir "$PGDATA" 2>/dev/null; }; then
    # Renamed when it is complete: a start that is cut off leaves nothing half-made.
    rm -rf "$PGDATA.new"
    initialise "$PGDATA.new"
    mv "$PGDATA.new" "$PGDATA"
  else
    initialise "$PGDATA"
  fi
fi

exec "$@"
