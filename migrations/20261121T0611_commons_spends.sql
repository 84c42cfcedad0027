-- What was spent, append-only: the roles of the application may add rows and read them, nothing else. What was spent is
-- the sum of the rows. One source is written once, so that work which is repeated after a crash is never paid twice.
create table commons.spends (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  -- What it was spent on, as a key: production:<id>:<stage>.
  source text not null unique check (length(source) between 1 and 200),
  -- Who was paid; offline for what this machine made by itself.
  provider text not null check (length(provider) between 1 and 100),
  -- Millionths of one unit of the currency.
  amount_micros bigint not null check (amount_micros >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  created_at timestamptz not null default now()
);
create index spends_workspace on commons.spends (workspace_id, id desc);

alter table commons.spends enable row level security;
alter table commons.spends force row level security;
create policy own on commons.spends to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy all_rows on commons.spends to airdate_system using (true) with check (true);
grant select, insert on commons.spends to airdate_app, airdate_system;
