-- A thought is split into tasks where that is wanted: what was found in it, what is asked, how far that is.
alter table planner.captures
  -- Where it was captured; null of those that are older than the column.
  add column workspace_id uuid references commons.workspaces (id),
  add column mode text not null default 'manual' check (mode in ('auto', 'manual', 'clarify')),
  add column state text not null default 'kept' check (state in ('kept', 'splitting', 'clarifying', 'split', 'saved')),
  -- Where and in which language it was said: dates in words need both.
  add column time_zone text not null default 'UTC' check (length(time_zone) between 1 and 64),
  add column locale text not null default 'en' check (length(locale) between 2 and 35),
  -- Tasks that were found, what is none, and questions; null until it was split.
  add column proposal jsonb,
  add column updated_at timestamptz not null default now(),
  add check (proposal is not null or state in ('kept', 'splitting'));
create index captures_workspace on planner.captures (workspace_id);

-- A text to paste into a chatbot, and the answer that was pasted back. Private to the person.
create table planner.prompts (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  user_id uuid not null references commons.users (id),
  -- The task that is to be cut into steps; null where something is filmed.
  task_id uuid,
  about text check (length(about) between 1 and 500),
  prompt text not null check (length(prompt) between 1 and 25000),
  -- As it was pasted, kept before it is read.
  answer text check (length(answer) between 1 and 20000),
  -- The task that holds the steps.
  parent_id uuid,
  answered_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  foreign key (workspace_id, task_id) references planner.tasks (workspace_id, id) on delete cascade,
  foreign key (workspace_id, parent_id) references planner.tasks (workspace_id, id) on delete cascade,
  check (num_nulls(task_id, about) = 1),
  check (num_nulls(answer, answered_at, parent_id) in (0, 3))
);
create index prompts_user on planner.prompts (user_id, workspace_id, id desc);
create index prompts_task on planner.prompts (workspace_id, task_id);
create index prompts_parent on planner.prompts (workspace_id, parent_id);

alter table planner.prompts enable row level security;
alter table planner.prompts force row level security;
create policy own on planner.prompts to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and user_id = nullif(current_setting('app.user', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and user_id = nullif(current_setting('app.user', true), '')::uuid);
grant select, insert, update on planner.prompts to airdate_app;
