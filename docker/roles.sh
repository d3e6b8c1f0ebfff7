#!/bin/sh
# Runs once, when the database is new: the owner, who migrates, and the application's role, which row-level security binds.
set -eu
psql --set ON_ERROR_STOP=1 --set owner="$OWNER_PASSWORD" --set app="$APP_PASSWORD" \
    --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE supportdesk_owner LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'owner';
CREATE ROLE supportdesk_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'app';
CREATE DATABASE supportdesk OWNER supportdesk_owner;
REVOKE ALL ON DATABASE supportdesk FROM PUBLIC;
GRANT CONNECT ON DATABASE supportdesk TO supportdesk_app;
SQL
