-- Who did what, to what, from where; append-only: nobody changes or removes an entry, the role that owns the table
-- included. An entry belongs to a workspace, or to the person whose account it is about, or, with neither, to the
-- installation. Those whom it names are written as ids without foreign keys: an entry outlives them.
create table commons.audit_entries (
  id uuid primary key,
  workspace_id uuid references commons.workspaces (id),
  person_id uuid references commons.users (id),
  action text not null check (length(action) <= 100 and action ~ '^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$'),
  actor_kind text not null check (actor_kind in ('user', 'system', 'anonymous')),
  actor_id uuid,
  -- Of the system: which part of it.
  actor_name text check (length(actor_name) between 1 and 200),
  credential_id uuid,
  -- Who really acted, where somebody acted as the actor.
  impersonator_id uuid,
  target_kind text not null check (length(target_kind) between 1 and 50),
  target_id text check (length(target_id) between 1 and 200),
  address text check (length(address) between 1 and 100),
  user_agent text check (length(user_agent) between 1 and 200),
  request_id text not null check (length(request_id) between 1 and 200),
  -- Declared fields alone, never secrets.
  before jsonb check (octet_length(before::text) <= 8192),
  after jsonb check (octet_length(after::text) <= 8192),
  created_at timestamptz not null default now(),
  check (num_nonnulls(workspace_id, person_id) <= 1),
  check ((actor_kind = 'user') = (actor_id is not null))
);
create index audit_entries_workspace on commons.audit_entries (workspace_id, id desc) where workspace_id is not null;
create index audit_entries_person on commons.audit_entries (person_id, id desc) where person_id is not null;
create index audit_entries_actor on commons.audit_entries (workspace_id, actor_id, id desc) where workspace_id is not null;

create function commons.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'the rows of % are never changed or removed', tg_table_name using errcode = 'restrict_violation';
end $$;
revoke all on function commons.refuse_change() from public;
create trigger append_only before update or delete or truncate on commons.audit_entries
  for each statement execute function commons.refuse_change();

alter table commons.audit_entries enable row level security;
alter table commons.audit_entries force row level security;
create policy readable on commons.audit_entries for select to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    or person_id = nullif(current_setting('app.user', true), '')::uuid);
-- Nobody writes in another's name, nor into what they cannot read.
create policy writable on commons.audit_entries for insert to airdate_app
  with check ((workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
      or person_id = nullif(current_setting('app.user', true), '')::uuid)
    and (actor_id is null or actor_id = nullif(current_setting('app.user', true), '')::uuid));
create policy all_rows on commons.audit_entries to airdate_system using (true) with check (true);
grant select, insert on commons.audit_entries to airdate_app, airdate_system;
