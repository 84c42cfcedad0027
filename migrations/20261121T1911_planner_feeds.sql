-- An address at which a calendar reads the tasks of a workspace in the name of one person. Who knows the address reads them;
-- only its hash is kept.
create table planner.feeds (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  user_id uuid not null references commons.users (id),
  name text not null check (length(name) between 1 and 100),
  shows text not null check (shows in ('tasks', 'events', 'both')),
  secret_hash bytea not null unique,
  created_at timestamptz not null default now(),
  revoked_at timestamptz
);
create index feeds_user on planner.feeds (user_id, workspace_id, id desc);
create index feeds_workspace on planner.feeds (workspace_id);

alter table planner.feeds enable row level security;
alter table planner.feeds force row level security;
create policy own on planner.feeds to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and user_id = nullif(current_setting('app.user', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and user_id = nullif(current_setting('app.user', true), '')::uuid);
-- Who asks by the address is nobody: whose it is is told by the hash alone.
create policy by_address on planner.feeds for select to airdate_system using (true);

grant select, insert, update on planner.feeds to airdate_app;
grant select on planner.feeds to airdate_system;
