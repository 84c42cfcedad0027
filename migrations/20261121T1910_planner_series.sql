-- What recurs: the rule, the wall time at which it began, and what each occurrence begins with. The occurrences are tasks;
-- one of them is open at a time, and closing it brings the next.
create table planner.series (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  created_by uuid not null references commons.users (id),
  -- RFC 5545, as the value of an RRULE.
  rule text not null check (length(rule) between 1 and 1000),
  mode text not null check (mode in ('fixed', 'after_completion')),
  catch_up text not null check (catch_up in ('skip_missed', 'keep_one', 'keep_all')),
  is_paused boolean not null default false,
  -- Wall time and its zone, never an offset: a day, or a day and a time.
  time_zone text not null check (length(time_zone) between 1 and 64),
  local_start text not null check (local_start ~ '^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?$'),
  exceptions text[] not null default '{}' check (cardinality(exceptions) <= 500),
  -- The occurrence that came last, and how many came since the start, that one included.
  latest text not null check (latest ~ '^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?$'),
  made integer not null default 1 check (made >= 1),
  template jsonb not null,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  unique (workspace_id, id)
);
create index series_created_by on planner.series (created_by);

alter table planner.tasks
  add column series_id uuid,
  -- Which of the series it is, by the wall time of the rule (RECURRENCE-ID), wherever it was moved.
  add column occurrence text check (occurrence ~ '^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?$'),
  add foreign key (workspace_id, series_id) references planner.series (workspace_id, id),
  add check ((series_id is null) = (occurrence is null));
-- An occurrence comes once, however often its cause is told.
create unique index tasks_occurrence on planner.tasks (workspace_id, series_id, occurrence) where series_id is not null;

alter table planner.series enable row level security;
alter table planner.series force row level security;
create policy own on planner.series to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy all_rows on planner.series to airdate_system using (true) with check (true);
grant select, insert, update on planner.series to airdate_app;
