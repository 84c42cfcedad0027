-- What is done again and again, written once: a task and its one to ten steps. Its maker's own, or for all in the workspace.
create table planner.templates (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  created_by uuid not null references commons.users (id),
  name text not null check (length(name) between 1 and 200),
  description text not null default '' check (length(description) <= 5000),
  category text not null check (category in ('academic', 'work', 'personal', 'health', 'creative')),
  visibility text not null check (visibility in ('private', 'public')),
  icon text check (length(icon) between 1 and 32),
  -- Days after the day on which it is begun; null: due on no day.
  due_offset_days smallint check (due_offset_days between 0 and 365),
  -- In their order: [{label, minutes, kind, icon, offsetDays}].
  steps jsonb not null check (jsonb_array_length(steps) between 1 and 10),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  unique (workspace_id, id)
);
create index templates_workspace on planner.templates (workspace_id, id desc) where deleted_at is null;
create index templates_created_by on planner.templates (created_by);

-- By its code a template is applied and copied in other workspaces. The code stands here in clear, so that who shares can
-- read it again; it shows the words of one template, until it is revoked.
create table planner.template_shares (
  id uuid primary key,
  workspace_id uuid not null,
  template_id uuid not null,
  created_by uuid not null references commons.users (id),
  code text collate "C" not null unique check (code ~ '^[A-Z0-9]{1,12}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$'),
  uses integer not null default 0,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  foreign key (workspace_id, template_id) references planner.templates (workspace_id, id)
);
create unique index template_shares_live on planner.template_shares (workspace_id, template_id) where revoked_at is null;
create index template_shares_template on planner.template_shares (workspace_id, template_id);
create index template_shares_created_by on planner.template_shares (created_by);

alter table planner.templates enable row level security;
alter table planner.templates force row level security;
alter table planner.template_shares enable row level security;
alter table planner.template_shares force row level security;

create policy own on planner.templates to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and (visibility = 'public' or created_by = nullif(current_setting('app.user', true), '')::uuid))
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and (visibility = 'public' or created_by = nullif(current_setting('app.user', true), '')::uuid));
-- Who sees a template sees whether it is shared.
create policy own on planner.template_shares to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and template_id in (select t.id from planner.templates t))
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
    and template_id in (select t.id from planner.templates t));
-- For the functions, which act as the owner.
create policy by_code on planner.templates for select to current_user using (true);
create policy by_code on planner.template_shares to current_user using (true) with check (true);

grant select, insert, update on planner.templates, planner.template_shares to airdate_app;

-- The words of the template that a code shares, of whatever workspace; null for a code that is none. It answers for exactly
-- one code, so that the application's role learns nothing of other workspaces that the code does not give.
create function planner.shared_template(p_code text) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object('name', t.name, 'description', t.description, 'category', t.category, 'icon', t.icon,
    'dueOffsetDays', t.due_offset_days, 'steps', t.steps)
  from planner.template_shares s
  join planner.templates t on t.workspace_id = s.workspace_id and t.id = s.template_id and t.deleted_at is null
  join commons.workspaces w on w.id = s.workspace_id and w.deleted_at is null
  where s.code = p_code and s.revoked_at is null
$$;
-- The same, counted as a use of the code.
create function planner.use_shared_template(p_code text) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_shared jsonb := planner.shared_template(p_code);
begin
  if v_shared is not null then
    update planner.template_shares s set uses = s.uses + 1 where s.code = p_code and s.revoked_at is null;
  end if;
  return v_shared;
end $$;
revoke all on function planner.shared_template(text) from public;
revoke all on function planner.use_shared_template(text) from public;
grant execute on function planner.shared_template(text), planner.use_shared_template(text) to airdate_app;
