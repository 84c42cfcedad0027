create schema channels;
grant usage on schema channels to airdate_app, airdate_system;

-- The way of one film from an idea to a video that plays.
create table channels.productions (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  created_by uuid not null references commons.users (id),
  -- The task that asked for it and the film that it makes; both belong to other wings.
  task_id uuid,
  project_id uuid not null,
  visibility text not null check (visibility in ('public', 'unlisted', 'private')),
  state text not null check (state in ('running', 'completed', 'failed', 'cancelled')),
  -- Counts every change that an ETag must show.
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  ended_at timestamptz,
  deleted_at timestamptz,
  unique (workspace_id, id),
  check ((state = 'running') = (ended_at is null))
);
create index productions_workspace on channels.productions (workspace_id, id desc) where deleted_at is null;
create index productions_created_by on channels.productions (created_by);
create index productions_running on channels.productions (updated_at) where state = 'running' and deleted_at is null;

create table channels.stages (
  workspace_id uuid not null,
  production_id uuid not null,
  name text not null check (name in ('script', 'voice', 'visuals', 'captions', 'music', 'assemble', 'check', 'publish')),
  position integer not null check (position >= 0),
  state text not null check (state in ('waiting', 'running', 'done', 'failed', 'skipped')),
  -- Every beginning counts; who settles the stage names the attempt that it was.
  attempts integer not null default 0,
  cost_micros bigint not null default 0 check (cost_micros >= 0),
  provider text,
  -- Plain facts of what was made.
  summary jsonb,
  failure_code text,
  failure_detail text,
  -- Since when it may run: jobs that were given up before are of no concern.
  due_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (production_id, name),
  foreign key (workspace_id, production_id) references channels.productions (workspace_id, id) on delete cascade
);
create index stages_workspace on channels.stages (workspace_id, production_id);

-- Where a film is shown. Written before the effect, one for each production and target.
create table channels.publications (
  id uuid primary key,
  workspace_id uuid not null,
  production_id uuid not null,
  target text not null check (target in ('stream')),
  -- pending: about to be handed over; sent: the target has it; published: it can be watched.
  state text not null check (state in ('pending', 'sent', 'published', 'failed')),
  -- The video that the stream makes of it; chosen before it is made, so that doing it again finds it.
  video_id uuid not null unique,
  published_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (production_id, target),
  foreign key (workspace_id, production_id) references channels.productions (workspace_id, id) on delete cascade
);
create index publications_workspace on channels.publications (workspace_id, production_id);

alter table channels.productions enable row level security;
alter table channels.productions force row level security;
alter table channels.stages enable row level security;
alter table channels.stages force row level security;
alter table channels.publications enable row level security;
alter table channels.publications force row level security;

create policy own on channels.productions to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on channels.stages to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on channels.publications to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy all_rows on channels.productions to airdate_system using (true) with check (true);
create policy all_rows on channels.stages to airdate_system using (true) with check (true);
create policy all_rows on channels.publications to airdate_system using (true) with check (true);

grant select, insert, update on channels.productions, channels.stages, channels.publications to airdate_app;
grant select, insert, update, delete on channels.productions, channels.stages, channels.publications to airdate_system;
