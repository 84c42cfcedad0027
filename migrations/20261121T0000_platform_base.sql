-- Connections that living processes have claimed; see server/platform/database/claims.ts.
create table platform.connection_claims (
  id integer generated always as identity primary key,
  holder text not null,
  connections integer not null check (connections > 0),
  claimed_at timestamptz not null default now()
);

grant usage on schema platform to airdate_app, airdate_system;
grant select on platform.migrations to airdate_system;
grant select, insert, delete on platform.connection_claims to airdate_system;

-- The answers of requests that carried an Idempotency-Key; written in the transaction of their effect.
create table platform.idempotency_keys (
  owner_id uuid not null,
  key text not null check (length(key) between 1 and 255),
  fingerprint bytea not null,
  status integer,
  headers jsonb,
  body bytea,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (owner_id, key)
);
create index idempotency_keys_expires_at on platform.idempotency_keys (expires_at);

alter table platform.idempotency_keys enable row level security;
alter table platform.idempotency_keys force row level security;
create policy own on platform.idempotency_keys to airdate_app
  using (owner_id = nullif(current_setting('app.user', true), '')::uuid)
  with check (owner_id = nullif(current_setting('app.user', true), '')::uuid);
create policy sweep on platform.idempotency_keys to airdate_system using (true);
grant select, insert, update on platform.idempotency_keys to airdate_app;
grant select, delete on platform.idempotency_keys to airdate_system;
