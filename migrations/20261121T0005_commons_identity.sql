create schema commons;
grant usage on schema commons to airdate_app, airdate_system;

-- A person; global. What belongs to the tenant stands in workspaces.
create table commons.users (
  id uuid primary key,
  email text not null check (length(email) between 3 and 254),
  display_name text not null check (length(display_name) between 1 and 100),
  password_hash text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index users_email on commons.users (lower(email)) where deleted_at is null;

create table commons.workspaces (
  id uuid primary key,
  name text not null check (length(name) between 1 and 100),
  owner_id uuid not null references commons.users (id),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index workspaces_owner_id on commons.workspaces (owner_id);

create table commons.workspace_members (
  workspace_id uuid not null references commons.workspaces (id),
  user_id uuid not null references commons.users (id),
  role text not null check (role in ('owner', 'admin', 'editor', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (workspace_id, user_id)
);
create index workspace_members_user_id on commons.workspace_members (user_id);

-- API tokens: only the SHA-256 of the secret is kept, so a stolen table opens nothing.
create table commons.api_tokens (
  id uuid primary key,
  user_id uuid not null references commons.users (id),
  workspace_id uuid not null references commons.workspaces (id),
  name text not null check (length(name) between 1 and 100),
  secret_hash bytea not null unique,
  permissions text[] not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_tokens_user_id on commons.api_tokens (user_id);
create index api_tokens_workspace_id on commons.api_tokens (workspace_id);

alter table commons.users enable row level security;
alter table commons.users force row level security;
alter table commons.workspaces enable row level security;
alter table commons.workspaces force row level security;
alter table commons.workspace_members enable row level security;
alter table commons.workspace_members force row level security;
alter table commons.api_tokens enable row level security;
alter table commons.api_tokens force row level security;

create policy own on commons.users to airdate_app
  using (id = nullif(current_setting('app.user', true), '')::uuid);
create policy own on commons.workspaces to airdate_app
  using (id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on commons.workspace_members to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on commons.api_tokens to airdate_app
  using (user_id = nullif(current_setting('app.user', true), '')::uuid);
create policy all_rows on commons.users to airdate_system using (true) with check (true);
create policy all_rows on commons.workspaces to airdate_system using (true) with check (true);
create policy all_rows on commons.workspace_members to airdate_system using (true) with check (true);
create policy all_rows on commons.api_tokens to airdate_system using (true) with check (true);

grant select (id, email, display_name, created_at, updated_at, deleted_at) on commons.users to airdate_app;
grant select on commons.workspaces, commons.workspace_members to airdate_app;
grant select, insert, update on commons.users, commons.workspaces, commons.workspace_members, commons.api_tokens to airdate_system;
