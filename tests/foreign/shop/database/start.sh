#!/bin/sh
# Makes the data where there are none, then becomes PostgreSQL: `start.sh OPTIONS`.
set -eu
PATH="$(echo /usr/lib/postgresql/*/bin):$PATH"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb --auth=trust --username="$POSTGRES_USER" --no-sync > /dev/null
    echo "host all all all trust" >> "$PGDATA/pg_hba.conf"
    echo "include_dir = '/etc/shop/conf.d'" >> "$PGDATA/postgresql.conf"
fi
exec postgres "$@"
