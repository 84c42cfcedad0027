-- A thought that was spoken or filmed. It has no words until somebody has written down what is said.
alter table planner.captures drop constraint captures_text_check;
alter table planner.captures
  add constraint captures_text_check check (length(text) <= 20000),
  add check (text <> '' or state = 'kept');

-- The file of it. Private to the person like the thought; its id is the thought's.
create table planner.recordings (
  id uuid primary key references planner.captures (id) on delete cascade,
  workspace_id uuid not null references commons.workspaces (id),
  user_id uuid not null references commons.users (id),
  upload_id uuid not null unique,
  storage_key text not null,
  -- As the uploader calls it.
  title text check (length(title) between 1 and 200),
  size_bytes bigint,
  media_type text check (length(media_type) between 1 and 100),
  duration_ms integer check (duration_ms > 0),
  state text not null check (state in ('uploading', 'listening', 'kept', 'transcribed')),
  -- Why there are no words; null while there may be some, and when there are.
  reason text check (length(reason) between 1 and 100),
  -- What was heard, whole, with times.
  transcript jsonb,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((state = 'transcribed') = (transcript is not null)),
  check ((state = 'kept') = (reason is not null))
);
create index recordings_user on planner.recordings (user_id, id desc);
create index recordings_workspace on planner.recordings (workspace_id);

alter table planner.recordings enable row level security;
alter table planner.recordings force row level security;
create policy own on planner.recordings to airdate_app
  using (user_id = nullif(current_setting('app.user', true), '')::uuid)
  with check (user_id = nullif(current_setting('app.user', true), '')::uuid);
grant select, insert, update, delete on planner.recordings to airdate_app;
-- An upload that is given up leaves nothing.
grant delete on planner.captures to airdate_app;
