-- One row for each tus upload; see server/platform/uploads/. The bytes are the object `uploads/<id>` of the storage.
-- A row stays until its upload expires or is terminated, or until who took the finished file releases it: the row is what
-- keeps the object from being collected.
create table platform.uploads (
  id uuid primary key,
  workspace_id uuid not null,
  user_id uuid not null,
  -- whole: an upload of its own; partial: a part for a concatenation; final: what parts were concatenated to.
  kind text not null check (kind in ('whole', 'partial', 'final')),
  purpose text check ((purpose is null) = (kind = 'partial')),
  state text not null check (state in ('receiving', 'assembling', 'complete')),
  -- null: the client has not said it yet (creation-defer-length).
  length_bytes bigint check (length_bytes between 0 and max_bytes),
  -- Bytes that are stored durably; never more than what is on the disk.
  offset_bytes bigint not null default 0 check (offset_bytes between 0 and coalesce(length_bytes, max_bytes)),
  max_bytes bigint not null check (max_bytes >= 0),
  -- Upload-Metadata as the client sent it.
  metadata text not null,
  -- Of a final upload: its parts in order. Of a part: the final upload that has taken it.
  part_ids uuid[] check ((part_ids is not null) = (kind = 'final')),
  final_id uuid references platform.uploads on delete cascade,
  -- Who writes holds the lease; another may take it when it is over. lease_wanted asks the holder to stop.
  lease_token uuid,
  lease_expires_at timestamptz check ((lease_expires_at is null) = (lease_token is null)),
  lease_wanted boolean not null default false,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  completed_at timestamptz check ((completed_at is not null) = (state = 'complete')),
  check (state <> 'complete' or offset_bytes = length_bytes)
);
create index uploads_final_id on platform.uploads (final_id) where final_id is not null;
create index uploads_expiring on platform.uploads (expires_at) where state <> 'complete' or kind = 'partial';
create index uploads_assembling on platform.uploads (created_at) where state = 'assembling';

-- A person sees their own uploads in the workspace they act in; a job of a workspace (no person) sees the workspace's.
alter table platform.uploads enable row level security;
alter table platform.uploads force row level security;
create policy own on platform.uploads to airdate_app
  using (
    workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and (nullif(current_setting('app.user', true), '') is null or user_id = nullif(current_setting('app.user', true), '')::uuid)
  )
  with check (
    workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and (nullif(current_setting('app.user', true), '') is null or user_id = nullif(current_setting('app.user', true), '')::uuid)
  );
-- Sweepers and the garbage collection look; what they change they change in the owner's name.
create policy look on platform.uploads for select to airdate_system using (true);
grant select, insert, update, delete on platform.uploads to airdate_app;
grant select on platform.uploads to airdate_system;
