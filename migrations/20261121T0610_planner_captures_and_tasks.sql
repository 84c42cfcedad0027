create schema planner;
grant usage on schema planner to airdate_app, airdate_system;

-- A thought as it came. Private to the person: no role of a workspace reads it, and neither does the system.
create table planner.captures (
  id uuid primary key,
  user_id uuid not null references commons.users (id),
  text text not null check (length(text) between 1 and 20000),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index captures_user_id on planner.captures (user_id, id desc);

create table planner.tasks (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  created_by uuid not null references commons.users (id),
  -- The thought that it came from; who may see the task need not be able to see that.
  capture_id uuid references planner.captures (id),
  title text not null check (length(title) between 1 and 200),
  notes text not null default '' check (length(notes) <= 20000),
  status text not null check (status in ('inbox', 'next', 'doing', 'waiting', 'done', 'dropped')),
  -- Why it waits; null otherwise.
  waiting_for text check (length(waiting_for) between 1 and 1000),
  -- The newest production that was asked for; productions belong to another wing, so this is no foreign key.
  production_id uuid,
  completed_at timestamptz,
  -- Counts every change that an ETag must show.
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  unique (workspace_id, id),
  check ((status = 'done') = (completed_at is not null))
);
create index tasks_workspace on planner.tasks (workspace_id, id desc) where deleted_at is null;
create index tasks_created_by on planner.tasks (created_by);
create index tasks_capture_id on planner.tasks (capture_id) where capture_id is not null;
create index tasks_production_id on planner.tasks (production_id) where production_id is not null;

-- What was asked for when a film of a task was wanted; written with the event that tells of it.
create table planner.production_requests (
  -- The id that the production will have.
  id uuid primary key,
  workspace_id uuid not null,
  task_id uuid not null,
  requested_by uuid not null references commons.users (id),
  -- What the film is called, where the task says more than what is told; null leaves that to who makes it.
  title text check (length(title) between 1 and 200),
  -- What the film is made of: the task's own words, or a script to be narrated as it is.
  idea text check (length(idea) between 1 and 20000),
  script text check (length(script) between 1 and 20000),
  visibility text not null check (visibility in ('public', 'unlisted', 'private')),
  created_at timestamptz not null default now(),
  check ((idea is null) <> (script is null)),
  foreign key (workspace_id, task_id) references planner.tasks (workspace_id, id) on delete cascade
);
create index production_requests_task on planner.production_requests (workspace_id, task_id);
create index production_requests_requested_by on planner.production_requests (requested_by);

alter table planner.captures enable row level security;
alter table planner.captures force row level security;
alter table planner.tasks enable row level security;
alter table planner.tasks force row level security;
alter table planner.production_requests enable row level security;
alter table planner.production_requests force row level security;

create policy own on planner.captures to airdate_app
  using (user_id = nullif(current_setting('app.user', true), '')::uuid)
  with check (user_id = nullif(current_setting('app.user', true), '')::uuid);
create policy own on planner.tasks to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on planner.production_requests to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy all_rows on planner.tasks to airdate_system using (true) with check (true);
create policy all_rows on planner.production_requests to airdate_system using (true) with check (true);

grant select, insert, update on planner.captures, planner.tasks to airdate_app;
grant select, insert on planner.production_requests to airdate_app;
grant select, insert, update, delete on planner.tasks, planner.production_requests to airdate_system;
