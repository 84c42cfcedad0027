-- Named ways to work something out: a manner for a model, what is wanted, and three to ten steps. Of the workspace.
create table planner.workflows (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  created_by uuid not null references commons.users (id),
  name text not null check (length(name) between 1 and 200),
  description text not null default '' check (length(description) <= 2000),
  system_prompt text not null default '' check (length(system_prompt) <= 4000),
  -- With places such as {task}.
  template text not null check (length(template) between 1 and 4000),
  -- In their order: [{label, minutes, kind, icon}].
  steps jsonb not null check (jsonb_array_length(steps) between 3 and 10),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index workflows_workspace on planner.workflows (workspace_id, id desc);
create index workflows_created_by on planner.workflows (created_by);

-- One run of a workflow, with all that it needs of it as it was. It holds what somebody said of their energy, so it is
-- private to the person.
create table planner.workflow_executions (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  user_id uuid not null references commons.users (id),
  -- A row of the workspace, or one that comes with the server and stands in code.
  workflow_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  system_prompt text not null check (length(system_prompt) <= 4000),
  task_id uuid,
  about text check (length(about) between 1 and 200),
  -- The words of what it is about that a model may see.
  notes text not null check (length(notes) <= 20000),
  request text not null check (length(request) between 1 and 20000),
  context jsonb not null,
  way text not null check (way in ('any', 'model', 'rules')),
  state text not null check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
  -- How often it was begun: the job of a round before changes nothing any more.
  round integer not null default 1 check (round between 1 and 1000),
  -- In their order, with what became of each.
  steps jsonb not null check (jsonb_array_length(steps) between 3 and 10),
  -- What was made of it: the task that holds them and the tasks, once.
  applied jsonb,
  applied_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  ended_at timestamptz,
  foreign key (workspace_id, task_id) references planner.tasks (workspace_id, id) on delete cascade,
  check (num_nulls(applied, applied_at) in (0, 2)),
  check ((ended_at is null) = (state in ('queued', 'running')))
);
create index workflow_executions_user on planner.workflow_executions (user_id, workspace_id, id desc);
create index workflow_executions_workspace on planner.workflow_executions (workspace_id);
create index workflow_executions_task on planner.workflow_executions (workspace_id, task_id);

alter table planner.workflows enable row level security;
alter table planner.workflows force row level security;
alter table planner.workflow_executions enable row level security;
alter table planner.workflow_executions force row level security;

create policy own on planner.workflows to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on planner.workflow_executions to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and user_id = nullif(current_setting('app.user', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and user_id = nullif(current_setting('app.user', true), '')::uuid);

grant select, insert, update on planner.workflows, planner.workflow_executions to airdate_app;
