-- Providers of models that a workspace has connected, in the order in which they are asked.
create table commons.ai_connections (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  name text not null check (length(name) between 1 and 100),
  kind text not null check (kind in ('openai-compatible', 'anthropic')),
  base_url text not null check (length(base_url) between 1 and 500),
  -- Which model is asked for what; what has no model is not asked for here.
  text_model text check (length(text_model) between 1 and 200),
  fast_model text check (length(fast_model) between 1 and 200),
  transcription_model text check (length(transcription_model) between 1 and 200),
  -- Models by their names, each with the time from which it is not asked any more.
  retirements jsonb not null default '{}' check (octet_length(retirements::text) <= 8192),
  -- Sealed by the vault for this column and row; null where the server asks for none.
  sealed_key text,
  -- The last four characters of a long key, by which people recognise it.
  key_hint text check (length(key_hint) = 4),
  -- The first is asked first; those of the same place in the order in which they were made.
  place integer not null default 0 check (place between 0 and 1000),
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index ai_connections_workspace on commons.ai_connections (workspace_id, place, id);

alter table commons.ai_connections enable row level security;
alter table commons.ai_connections force row level security;
create policy own on commons.ai_connections to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy all_rows on commons.ai_connections to airdate_system using (true) with check (true);
grant select, insert, delete, update (name, base_url, text_model, fast_model, transcription_model, retirements, sealed_key,
  key_hint, place, enabled, updated_at) on commons.ai_connections to airdate_app;
-- The system seals keys anew after a rotation.
grant select, update (sealed_key) on commons.ai_connections to airdate_system;
