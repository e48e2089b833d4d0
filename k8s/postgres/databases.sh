#!/bin/sh
# One database a service, and one for the keys of people: each owned by a login of its own, open to nobody else.
# Run once by the image, at the first start. The passwords lie in /run/secrets, one file each.
set -eu

for name in directory observations appraisal catalogue coaching evaluation projection gateway keys; do
    psql --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
        --set name="$name" --set password="$(cat "/run/secrets/$name")" <<'SQL'
create role :"name" login password :'password' nosuperuser nocreatedb nocreaterole;
create database :"name" owner :"name";
revoke all on database :"name" from public;
SQL
done
psql --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --command 'revoke connect on database postgres from public'
