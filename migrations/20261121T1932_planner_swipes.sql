-- What somebody decided about a task with a flick of the hand: let it be, hand it over, or do it. With a timer it says when
-- they began, by the clock of the server, so that every device and every restart sees the same.
create table planner.swipes (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  user_id uuid not null references commons.users (id),
  task_id uuid not null,
  direction text not null check (direction in ('left', 'up', 'right')),
  how text check (how in ('with-me', 'solo')),
  reason text check (length(reason) between 1 and 1000),
  delegation_id uuid,
  timer_minutes smallint check (timer_minutes between 5 and 60),
  ends_at timestamptz,
  finished_at timestamptz,
  actual_minutes integer check (actual_minutes between 0 and 100000),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  foreign key (workspace_id, task_id) references planner.tasks (workspace_id, id),
  foreign key (workspace_id, delegation_id) references planner.delegations (workspace_id, id),
  check ((direction = 'right') = (how is not null)),
  check ((direction = 'up') = (delegation_id is not null)),
  check ((how is not distinct from 'solo') = (timer_minutes is not null)),
  check ((timer_minutes is null) = (ends_at is null)),
  check ((finished_at is null) = (actual_minutes is null))
);
-- One timer at a time.
create unique index swipes_running on planner.swipes (workspace_id, user_id)
  where timer_minutes is not null and finished_at is null;
create index swipes_user on planner.swipes (user_id, workspace_id, id desc);
create index swipes_task on planner.swipes (workspace_id, task_id);
create index swipes_delegation on planner.swipes (workspace_id, delegation_id) where delegation_id is not null;

alter table planner.swipes enable row level security;
alter table planner.swipes force row level security;
create policy own on planner.swipes to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and user_id = nullif(current_setting('app.user', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and user_id = nullif(current_setting('app.user', true), '')::uuid);
grant select, insert, update on planner.swipes to airdate_app;
