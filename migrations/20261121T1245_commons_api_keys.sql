-- A service account is a member without a person behind it: keys are its only way in, and it is of one workspace.
alter table commons.users add column service_of uuid references commons.workspaces (id);
create index users_service_of on commons.users (service_of) where service_of is not null;

alter table commons.api_tokens
  add column expires_at timestamptz,
  -- Who made it; null for keys of the command line.
  add column created_by uuid references commons.users (id),
  add constraint api_tokens_permissions_check check (cardinality(permissions) between 1 and 100);
create index api_tokens_created_by on commons.api_tokens (created_by) where created_by is not null;
-- What a list shows.
create index api_tokens_workspace on commons.api_tokens (workspace_id, id desc) where revoked_at is null;

create policy services on commons.users for select to airdate_app
  using (service_of = nullif(current_setting('app.workspace', true), '')::uuid);
create policy service_made on commons.users for insert to airdate_app
  with check (service_of = nullif(current_setting('app.workspace', true), '')::uuid);
create policy service_made on commons.workspace_members for insert to airdate_app
  with check (role <> 'owner' and workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and user_id in (select u.id from commons.users u
      where u.service_of = nullif(current_setting('app.workspace', true), '')::uuid));

-- A key is made for oneself or for a service account. Its secret is never read again, nor replaced.
drop policy own on commons.api_tokens;
create policy visible on commons.api_tokens for select to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy made on commons.api_tokens for insert to airdate_app
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and (user_id = nullif(current_setting('app.user', true), '')::uuid
      or user_id in (select u.id from commons.users u
        where u.service_of = nullif(current_setting('app.workspace', true), '')::uuid)));
create policy changed on commons.api_tokens for update to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

grant select (service_of), insert (id, email, display_name, service_of) on commons.users to airdate_app;
grant select (id, user_id, workspace_id, name, permissions, created_at, last_used_at, revoked_at, expires_at, created_by),
  insert, update (name, revoked_at) on commons.api_tokens to airdate_app;
