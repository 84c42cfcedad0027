-- A project gathers tasks of a workspace; whose it is says who answers for it, not who may see it.
create table planner.projects (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  owner_id uuid not null references commons.users (id),
  name text not null check (length(name) between 1 and 200),
  description text not null default '' check (length(description) <= 20000),
  is_active boolean not null default true,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  unique (workspace_id, id)
);
create index projects_workspace on planner.projects (workspace_id, id desc) where deleted_at is null;
create index projects_owner_id on planner.projects (owner_id);

alter table planner.tasks
  add column parent_id uuid,
  add column project_id uuid,
  -- Areas of life come later; until then an id that a program brings is kept.
  add column zone_id uuid,
  -- 0 initiative, 1 phase, 2 epic, 3 sprint, 4 task, 5 subtask, 6 step. What lies below is always deeper, so that no task
  -- can come to lie within itself.
  add column level smallint not null default 4 check (level between 0 and 6),
  -- 0 none to 4 most urgent.
  add column priority smallint not null default 0 check (priority between 0 and 4),
  -- Place among the children of one parent.
  add column position integer not null default 0,
  -- Due on a day wherever one is, or at an instant that was meant in a zone.
  add column due_date date,
  add column due_at timestamptz,
  add column start_at timestamptz,
  add column time_zone text check (length(time_zone) between 1 and 64),
  -- The end of what is due: the instant, or the end of the day in the task's zone. What lists are ordered and asked by.
  add column due_by timestamptz generated always as
    (coalesce(due_at, timezone(coalesce(time_zone, 'UTC'), (due_date + 1)::timestamp))) stored,
  add column estimate_minutes integer check (estimate_minutes between 1 and 100000),
  add column actual_minutes integer check (actual_minutes between 0 and 100000),
  add column p50_minutes integer check (p50_minutes between 1 and 100000),
  add column p80_minutes integer check (p80_minutes between 1 and 100000),
  -- 1 low, 2 medium, 3 high: what it takes.
  add column energy smallint check (energy between 1 and 3),
  add column kind text check (kind in ('digital', 'human')),
  add column icon text check (length(icon) between 1 and 32),
  add column champs jsonb,
  add column done_when text check (length(done_when) between 1 and 500),
  -- `user:<id>` or `agent:<id>`.
  add column assignee text check (assignee ~ '^(user|agent):[0-9a-f-]{36}$'),
  -- The ancestor with which it was completed or deleted: what was done to both at once is undone at once.
  add column completed_with uuid,
  add column deleted_with uuid,
  add foreign key (workspace_id, parent_id) references planner.tasks (workspace_id, id),
  add foreign key (workspace_id, project_id) references planner.projects (workspace_id, id),
  add check (due_at is null or due_date is null),
  add check (due_at is null or time_zone is not null),
  add check (parent_id <> id);
create index tasks_parent on planner.tasks (workspace_id, parent_id, position, id) where parent_id is not null;
create index tasks_project on planner.tasks (workspace_id, project_id, id desc) where project_id is not null;
create index tasks_status on planner.tasks (workspace_id, status, id desc) where deleted_at is null;
create index tasks_due on planner.tasks (workspace_id, due_by, id)
  where deleted_at is null and due_by is not null and status not in ('done', 'dropped');
create index tasks_open on planner.tasks (workspace_id, priority desc, due_by, id)
  where deleted_at is null and status in ('inbox', 'next', 'doing');
create index tasks_completed on planner.tasks (workspace_id, completed_at desc, id)
  where deleted_at is null and completed_at is not null;
create index tasks_deleted_with on planner.tasks (workspace_id, deleted_with) where deleted_with is not null;

create table planner.task_labels (
  workspace_id uuid not null,
  task_id uuid not null,
  label text not null check (length(label) between 1 and 100),
  created_at timestamptz not null default now(),
  primary key (workspace_id, label, task_id),
  foreign key (workspace_id, task_id) references planner.tasks (workspace_id, id) on delete cascade
);
create index task_labels_task on planner.task_labels (workspace_id, task_id);

-- `task_id` waits for `depends_on_id`.
create table planner.task_dependencies (
  workspace_id uuid not null,
  task_id uuid not null,
  depends_on_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, task_id, depends_on_id),
  check (task_id <> depends_on_id),
  foreign key (workspace_id, task_id) references planner.tasks (workspace_id, id) on delete cascade,
  foreign key (workspace_id, depends_on_id) references planner.tasks (workspace_id, id) on delete cascade
);
create index task_dependencies_on on planner.task_dependencies (workspace_id, depends_on_id);

-- What a task is called elsewhere, and what was said of it there that has no place here: kept as it came.
create table planner.foreign_tasks (
  workspace_id uuid not null,
  source text not null check (length(source) between 1 and 100),
  external_id text not null check (length(external_id) between 1 and 1000),
  task_id uuid not null,
  fields jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (workspace_id, source, external_id),
  foreign key (workspace_id, task_id) references planner.tasks (workspace_id, id) on delete cascade
);
create index foreign_tasks_task on planner.foreign_tasks (workspace_id, task_id);

-- A question to the list of tasks that somebody asks often. Their own, in the workspace in which they asked.
create table planner.saved_filters (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  user_id uuid not null references commons.users (id),
  name text not null check (length(name) between 1 and 100),
  query jsonb not null,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index saved_filters_user on planner.saved_filters (user_id, workspace_id, id desc);
create index saved_filters_workspace on planner.saved_filters (workspace_id);

alter table planner.projects enable row level security;
alter table planner.projects force row level security;
alter table planner.task_labels enable row level security;
alter table planner.task_labels force row level security;
alter table planner.task_dependencies enable row level security;
alter table planner.task_dependencies force row level security;
alter table planner.foreign_tasks enable row level security;
alter table planner.foreign_tasks force row level security;
alter table planner.saved_filters enable row level security;
alter table planner.saved_filters force row level security;

create policy own on planner.projects to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on planner.task_labels to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on planner.task_dependencies to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on planner.foreign_tasks to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on planner.saved_filters to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and user_id = nullif(current_setting('app.user', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and user_id = nullif(current_setting('app.user', true), '')::uuid);
create policy all_rows on planner.projects to airdate_system using (true) with check (true);
create policy all_rows on planner.task_labels to airdate_system using (true) with check (true);
create policy all_rows on planner.task_dependencies to airdate_system using (true) with check (true);
create policy all_rows on planner.foreign_tasks to airdate_system using (true) with check (true);

grant select, insert, update on planner.projects, planner.saved_filters to airdate_app;
grant select, insert, delete on planner.task_labels, planner.task_dependencies to airdate_app;
grant select, insert, update, delete on planner.foreign_tasks to airdate_app;
grant select, insert, update, delete on planner.projects, planner.task_labels, planner.task_dependencies,
  planner.foreign_tasks to airdate_system;
