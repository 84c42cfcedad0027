-- Who does work of the workspace by an API key. An account has one agent in a workspace, whichever of its keys it calls with.
create table planner.agents (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  user_id uuid not null references commons.users (id),
  name text not null check (length(name) between 1 and 100),
  description text not null default '' check (length(description) <= 2000),
  -- Lower case; work names those that it needs.
  skills text[] not null check (cardinality(skills) <= 50),
  max_concurrent smallint not null check (max_concurrent between 1 and 20),
  -- Whoever is not heard of for the length of a lease is lost, and gives back what it has taken.
  last_seen_at timestamptz not null default now(),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  unique (workspace_id, id),
  unique (workspace_id, user_id)
);
create index agents_user on planner.agents (user_id);

-- What was decided about a task: to do it, to do it with somebody, to hand it over, or to let it be.
create table planner.delegations (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  task_id uuid not null,
  delegated_by uuid not null references commons.users (id),
  mode text not null check (mode in ('do', 'do-with-me', 'delegate', 'delete')),
  state text not null check (state in
    ('pending', 'accepted', 'in_progress', 'submitted', 'completed', 'rejected', 'withdrawn')),
  -- One of them, or none while nobody has it.
  user_id uuid references commons.users (id),
  agent_id uuid,
  -- Given to whichever agent has the skills and room; those that had it and let it go are not asked again.
  is_queued boolean not null,
  skills text[] not null default '{}' check (cardinality(skills) <= 50),
  tried uuid[] not null default '{}',
  offered_at timestamptz,
  instructions text not null default '' check (length(instructions) <= 10000),
  acceptance text[] not null default '{}' check (cardinality(acceptance) <= 20),
  validation text[] not null default '{}' check (cardinality(validation) <= 20),
  progress_percent smallint not null default 0 check (progress_percent between 0 and 100),
  result text check (length(result) between 1 and 50000),
  -- What was said of it last by whom it was handed to, or by who reviewed it.
  note text check (length(note) between 1 and 2000),
  -- How often its result was sent back.
  returns integer not null default 0,
  accepted_at timestamptz,
  submitted_at timestamptz,
  ended_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, id),
  foreign key (workspace_id, task_id) references planner.tasks (workspace_id, id),
  foreign key (workspace_id, agent_id) references planner.agents (workspace_id, id),
  check (user_id is null or agent_id is null),
  check ((ended_at is null) = (state in ('pending', 'accepted', 'in_progress', 'submitted')))
);
-- A task is in one pair of hands at a time.
create unique index delegations_open on planner.delegations (workspace_id, task_id) where ended_at is null;
create index delegations_task on planner.delegations (workspace_id, task_id, id desc);
create index delegations_workspace on planner.delegations (workspace_id, id desc);
create index delegations_agent on planner.delegations (workspace_id, agent_id, id desc) where agent_id is not null;
create index delegations_user on planner.delegations (user_id) where user_id is not null;
create index delegations_delegated_by on planner.delegations (delegated_by);
create index delegations_queue on planner.delegations (workspace_id, id)
  where state = 'pending' and is_queued and agent_id is null;

-- All that happened to it, word for word.
create table planner.delegation_notes (
  id uuid primary key,
  workspace_id uuid not null,
  delegation_id uuid not null,
  action text not null check (length(action) between 1 and 20),
  -- `user:<id>`, `agent:<id>`, or `system`.
  actor text not null check (actor ~ '^(system|(user|agent):[0-9a-f-]{36})$'),
  note text check (length(note) between 1 and 2000),
  percent smallint check (percent between 0 and 100),
  created_at timestamptz not null default now(),
  foreign key (workspace_id, delegation_id) references planner.delegations (workspace_id, id)
);
create index delegation_notes_delegation on planner.delegation_notes (workspace_id, delegation_id, id desc);

alter table planner.agents enable row level security;
alter table planner.agents force row level security;
alter table planner.delegations enable row level security;
alter table planner.delegations force row level security;
alter table planner.delegation_notes enable row level security;
alter table planner.delegation_notes force row level security;

create policy own on planner.agents to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on planner.delegations to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on planner.delegation_notes to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
-- For whoever finds what was lost.
create policy all_rows on planner.agents for select to airdate_system using (true);
create policy all_rows on planner.delegations for select to airdate_system using (true);

grant select, insert, update on planner.agents, planner.delegations to airdate_app;
grant select, insert on planner.delegation_notes to airdate_app;
grant select on planner.agents, planner.delegations to airdate_system;
