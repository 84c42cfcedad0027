-- A workspace that is somebody's own from the beginning cannot be deleted or handed over; everybody has one.
alter table commons.workspaces
  add column personal_of uuid references commons.users (id),
  -- Counts every change that an ETag must show.
  add column version integer not null default 1;
create unique index workspaces_personal_of on commons.workspaces (personal_of) where personal_of is not null;
update commons.workspaces w set personal_of = w.owner_id
  where w.id in (select distinct on (owner_id) id from commons.workspaces where deleted_at is null order by owner_id, id);

-- What a workspace has only one of, until it is accepted or taken back, for each address. Only the SHA-256 of what was
-- mailed is kept.
create table commons.invitations (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  email text not null check (length(email) between 3 and 254),
  role text not null check (role in ('admin', 'editor', 'viewer')),
  secret_hash bytea not null unique,
  invited_by uuid not null references commons.users (id),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by uuid references commons.users (id),
  revoked_at timestamptz,
  check ((accepted_at is null) = (accepted_by is null)),
  check (accepted_at is null or revoked_at is null)
);
create unique index invitations_pending on commons.invitations (workspace_id, lower(email))
  where accepted_at is null and revoked_at is null;
create index invitations_workspace on commons.invitations (workspace_id, id desc);
create index invitations_invited_by on commons.invitations (invited_by);
create index invitations_accepted_by on commons.invitations (accepted_by) where accepted_by is not null;

alter table commons.invitations enable row level security;
alter table commons.invitations force row level security;

-- Policies must not lead in a circle: memberships look at nothing else when they are read, workspaces and people look at
-- memberships, and only a new membership looks at workspaces.
drop policy own on commons.workspace_members;
create policy visible on commons.workspace_members for select to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    or user_id = nullif(current_setting('app.user', true), '')::uuid);
create policy changed on commons.workspace_members for update to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy removed on commons.workspace_members for delete to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
-- Whoever founds a workspace is in it. Others come in by an invitation, which lets in who is not there yet: the system does.
create policy founded on commons.workspace_members for insert to airdate_app
  with check (role = 'owner' and user_id = nullif(current_setting('app.user', true), '')::uuid
    and workspace_id in (select w.id from commons.workspaces w
      where w.owner_id = nullif(current_setting('app.user', true), '')::uuid));

drop policy own on commons.workspaces;
create policy visible on commons.workspaces for select to airdate_app
  using (id = nullif(current_setting('app.workspace', true), '')::uuid
    or owner_id = nullif(current_setting('app.user', true), '')::uuid
    or id in (select m.workspace_id from commons.workspace_members m
      where m.user_id = nullif(current_setting('app.user', true), '')::uuid));
create policy changed on commons.workspaces for update to airdate_app
  using (id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy founded on commons.workspaces for insert to airdate_app
  with check (owner_id = nullif(current_setting('app.user', true), '')::uuid and personal_of is null);

create policy fellows on commons.users for select to airdate_app
  using (id in (select m.user_id from commons.workspace_members m
    where m.workspace_id = nullif(current_setting('app.workspace', true), '')::uuid));

create policy own on commons.invitations to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy all_rows on commons.invitations to airdate_system using (true) with check (true);

grant insert (id, name, owner_id), update (name, owner_id, version, updated_at, deleted_at)
  on commons.workspaces to airdate_app;
grant insert, update (role), delete on commons.workspace_members to airdate_app;
grant delete on commons.workspace_members to airdate_system;
grant select (id, workspace_id, email, role, invited_by, created_at, expires_at, accepted_at, accepted_by, revoked_at),
  insert, update (role, secret_hash, invited_by, created_at, expires_at, revoked_at)
  on commons.invitations to airdate_app;
grant select, insert, update on commons.invitations to airdate_system;
