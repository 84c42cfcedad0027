-- The root of the installation, one row: what is derived from it (passwords of the roles, names of caches) stays the same
-- for ever. It is sealed with a key that follows from the master key, and who cannot open it has the wrong one. See
-- server/platform/database/root.ts.
create table platform.root_key (
  id smallint primary key default 1 check (id = 1),
  -- Names the key that it is sealed with, and from which nothing can be told of that key.
  kek_id text not null check (length(kek_id) = 16),
  sealed text not null,
  created_at timestamptz not null default now(),
  rotated_at timestamptz
);

-- Keys that seal what stands in columns: one at work for each workspace, and one for what belongs to no workspace. They
-- are kept wrapped. One that is retired seals nothing any more, and opens what it has sealed. See
-- server/platform/secrets/vault.ts.
create table platform.data_keys (
  id uuid primary key,
  workspace_id uuid,
  kek_id text not null check (length(kek_id) = 16),
  wrapped text not null,
  created_at timestamptz not null default now(),
  retired_at timestamptz,
  -- When nothing was found any more that it had sealed.
  resealed_at timestamptz,
  check (resealed_at is null or retired_at is not null)
);
create unique index data_keys_at_work on platform.data_keys (workspace_id) nulls not distinct where retired_at is null;
create index data_keys_to_reseal on platform.data_keys (retired_at) where retired_at is not null and resealed_at is null;

alter table platform.root_key enable row level security;
alter table platform.root_key force row level security;
alter table platform.data_keys enable row level security;
alter table platform.data_keys force row level security;
-- The root is read and written first of all by the role that migrates, before the others have their passwords.
create policy founder on platform.root_key to current_user using (true) with check (true);
create policy all_rows on platform.root_key to airdate_system using (true) with check (true);
create policy all_rows on platform.data_keys to airdate_system using (true) with check (true);
grant select, update (kek_id, sealed, rotated_at) on platform.root_key to airdate_system;
grant select, insert, update (kek_id, wrapped, retired_at, resealed_at) on platform.data_keys to airdate_system;
