create schema stream;
grant usage on schema stream to airdate_app, airdate_system;

create table stream.videos (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  created_by uuid not null references commons.users (id),
  title text not null check (length(title) between 1 and 200),
  description text not null default '' check (length(description) <= 10000),
  visibility text not null check (visibility in ('public', 'unlisted', 'private')),
  state text not null check (state in ('uploading', 'uploaded', 'probing', 'encoding', 'ready', 'failed')),
  -- The upload that brings it; uploads forget theirs when they are done with, so this is no foreign key.
  upload_id uuid unique,
  -- Key of the original in the storage; null until its last byte has come.
  original_key text,
  original_size_bytes bigint,
  -- The container's own facts and what encoding decided beforehand; see encoding/plan.ts.
  probe jsonb,
  plan jsonb,
  playable boolean not null default false,
  progress real not null default 0 check (progress between 0 and 1),
  failure_code text,
  failure_detail text,
  duration_ms bigint,
  width integer,
  height integer,
  frame_rate text,
  -- Counts every change that an ETag must show.
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  unique (workspace_id, id)
);
create index videos_workspace on stream.videos (workspace_id, id desc) where deleted_at is null;
create index videos_created_by on stream.videos (created_by);
create index videos_public on stream.videos (id desc) where visibility = 'public' and deleted_at is null;
create index videos_unfinished on stream.videos (state, updated_at) where state in ('uploaded', 'probing', 'encoding') and deleted_at is null;
create index videos_deleted on stream.videos (deleted_at) where deleted_at is not null;

-- A finished stretch of picture or sound: written in one transaction with what follows from it.
create table stream.chunks (
  workspace_id uuid not null,
  video_id uuid not null,
  -- Picture chunks count from 0; sound is one chunk over the whole.
  track text not null check (track in ('video', 'audio')),
  index integer not null check (index >= 0),
  frame_count integer not null,
  -- {rung: [[sizeBytes, durationTicks, [[offset, sizeBytes, durationTicks] of each key frame]] of each segment]}
  segments jsonb not null,
  created_at timestamptz not null default now(),
  primary key (video_id, track, index),
  foreign key (workspace_id, video_id) references stream.videos (workspace_id, id) on delete cascade
);
create index chunks_workspace on stream.chunks (workspace_id, video_id);

create table stream.renditions (
  workspace_id uuid not null,
  video_id uuid not null,
  name text not null check (name ~ '^[a-z0-9-]{1,32}$'),
  kind text not null check (kind in ('video', 'audio')),
  position integer not null,
  codecs text not null,
  width integer,
  height integer,
  channels integer,
  timescale integer not null,
  average_bitrate integer,
  peak_bitrate integer,
  created_at timestamptz not null default now(),
  primary key (video_id, name),
  foreign key (workspace_id, video_id) references stream.videos (workspace_id, id) on delete cascade
);
create index renditions_workspace on stream.renditions (workspace_id, video_id);

-- Poster and storyboard of a video, once made.
create table stream.thumbnails (
  video_id uuid primary key,
  workspace_id uuid not null,
  storyboard boolean not null,
  created_at timestamptz not null default now(),
  foreign key (workspace_id, video_id) references stream.videos (workspace_id, id) on delete cascade
);
create index thumbnails_workspace on stream.thumbnails (workspace_id, video_id);

-- Who may play a private video without a header: the URL names this row, every request asks for it.
create table stream.playback_grants (
  id uuid primary key,
  secret text not null unique,
  workspace_id uuid not null,
  video_id uuid not null,
  user_id uuid not null references commons.users (id),
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  unique (video_id, user_id),
  foreign key (workspace_id, video_id) references stream.videos (workspace_id, id) on delete cascade
);
create index playback_grants_user_id on stream.playback_grants (user_id);
create index playback_grants_workspace on stream.playback_grants (workspace_id, video_id);
create index playback_grants_expires_at on stream.playback_grants (expires_at);

alter table stream.videos enable row level security;
alter table stream.videos force row level security;
alter table stream.chunks enable row level security;
alter table stream.chunks force row level security;
alter table stream.renditions enable row level security;
alter table stream.renditions force row level security;
alter table stream.thumbnails enable row level security;
alter table stream.thumbnails force row level security;
alter table stream.playback_grants enable row level security;
alter table stream.playback_grants force row level security;

create policy own on stream.videos to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
-- Readable by everyone who knows the address, without a workspace.
create policy published on stream.videos for select to airdate_app
  using (visibility in ('public', 'unlisted') and deleted_at is null);
create policy own on stream.chunks to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy published on stream.chunks for select to airdate_app
  using (exists (select from stream.videos v where v.id = video_id));
create policy own on stream.renditions to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy published on stream.renditions for select to airdate_app
  using (exists (select from stream.videos v where v.id = video_id));
create policy own on stream.thumbnails to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy published on stream.thumbnails for select to airdate_app
  using (exists (select from stream.videos v where v.id = video_id));
create policy own on stream.playback_grants to airdate_app
  using (user_id = nullif(current_setting('app.user', true), '')::uuid)
  with check (
    user_id = nullif(current_setting('app.user', true), '')::uuid
    and workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
  );

create policy all_rows on stream.videos to airdate_system using (true) with check (true);
create policy all_rows on stream.chunks to airdate_system using (true) with check (true);
create policy all_rows on stream.renditions to airdate_system using (true) with check (true);
create policy all_rows on stream.thumbnails to airdate_system using (true) with check (true);
create policy all_rows on stream.playback_grants to airdate_system using (true) with check (true);

grant select, insert, update, delete on stream.videos, stream.chunks, stream.renditions, stream.thumbnails, stream.playback_grants
  to airdate_app, airdate_system;

-- Media requests come without identity: the grant in the address is the identity. The function answers for exactly one
-- video and one secret, so the application's role can learn nothing from it that the address does not already give.
create function stream.grant_holds(asked_video uuid, asked_secret text) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from stream.playback_grants g
    join stream.videos v on v.id = g.video_id and v.deleted_at is null
    join commons.users u on u.id = g.user_id and u.deleted_at is null
    join commons.workspace_members m on m.workspace_id = g.workspace_id and m.user_id = g.user_id
    where g.video_id = asked_video and g.secret = asked_secret and g.expires_at > now()
  )
$$;
revoke all on function stream.grant_holds(uuid, text) from public;
grant execute on function stream.grant_holds(uuid, text) to airdate_app, airdate_system;
