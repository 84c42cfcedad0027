create schema studio;
grant usage on schema studio to airdate_app, airdate_system;

-- One film: what was said about it, and nothing that was made of it.
create table studio.projects (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  title text check (length(title) between 1 and 200),
  -- The words of whoever wants the film: a thought to make one of, or its narration.
  idea text check (length(idea) between 1 and 20000),
  script text check (length(script) between 1 and 20000),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  unique (workspace_id, id),
  check ((idea is null) <> (script is null))
);
create index projects_workspace on studio.projects (workspace_id, id desc) where deleted_at is null;
create index projects_deleted on studio.projects (deleted_at) where deleted_at is not null;

-- What was made for a film, once of each kind; written before the making begins.
create table studio.generations (
  id uuid primary key,
  workspace_id uuid not null,
  project_id uuid not null,
  kind text not null check (kind in ('script', 'voice', 'visuals', 'captions', 'music', 'assemble', 'check')),
  provider text not null,
  state text not null check (state in ('running', 'done', 'failed')),
  -- Every beginning counts; who ends it names the attempt that it was.
  attempts integer not null default 1 check (attempts >= 1),
  cost_micros bigint not null default 0 check (cost_micros >= 0),
  -- Plain facts for people, and what the next stages read; null until it is done.
  summary jsonb,
  result jsonb,
  storage_keys text[] not null default '{}',
  failure text,
  started_at timestamptz not null,
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  unique (project_id, kind),
  foreign key (workspace_id, project_id) references studio.projects (workspace_id, id) on delete cascade,
  check ((state = 'running') = (ended_at is null)),
  check ((state = 'done') = (summary is not null))
);
create index generations_workspace on studio.generations (workspace_id, project_id);

-- The finished film.
create table studio.renders (
  project_id uuid primary key,
  workspace_id uuid not null,
  title text not null check (length(title) between 1 and 200),
  language text not null check (language ~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$'),
  storage_key text not null,
  captions_key text not null,
  size_bytes bigint not null check (size_bytes > 0),
  duration_frames integer not null check (duration_frames > 0),
  frame_rate text not null,
  width integer not null,
  height integer not null,
  loudness_lufs real not null,
  true_peak_db real not null,
  created_at timestamptz not null default now(),
  foreign key (workspace_id, project_id) references studio.projects (workspace_id, id) on delete cascade
);
create index renders_workspace on studio.renders (workspace_id, project_id);

alter table studio.projects enable row level security;
alter table studio.projects force row level security;
alter table studio.generations enable row level security;
alter table studio.generations force row level security;
alter table studio.renders enable row level security;
alter table studio.renders force row level security;

create policy own on studio.projects to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on studio.generations to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on studio.renders to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy all_rows on studio.projects to airdate_system using (true) with check (true);
create policy all_rows on studio.generations to airdate_system using (true) with check (true);
create policy all_rows on studio.renders to airdate_system using (true) with check (true);

grant select, insert, update on studio.projects, studio.generations, studio.renders to airdate_app;
grant select, insert, update, delete on studio.projects, studio.generations, studio.renders to airdate_system;
