-- The ledger of what things cost. It was a list of what was spent; now it also tells what was held for something before it
-- was paid, and what became of that. Lines are only ever added: `reserve` holds, `settle` gives back what was held and
-- pays, `release` gives it back, `spend` pays without having held. One source is opened once and ended once.
alter table commons.spends no force row level security;
alter table commons.spends
  add column kind text not null default 'spend' check (kind in ('spend', 'reserve', 'settle', 'release')),
  -- What is held by this line more than before; less than nothing where it is given back.
  add column held_micros bigint not null default 0,
  -- The day (UTC) whose budgets the line counts for: what was reserved on one day is settled on that day's account.
  add column counted_on date not null default ((now() at time zone 'utc')::date);
update commons.spends set counted_on = (created_at at time zone 'utc')::date;
alter table commons.spends force row level security;
alter table commons.spends
  add constraint spends_lines check (case kind
    when 'spend' then held_micros = 0
    when 'reserve' then held_micros >= 0 and amount_micros = 0
    when 'settle' then held_micros <= 0
    else held_micros <= 0 and amount_micros = 0 end),
  drop constraint spends_source_key;
create unique index spends_opened on commons.spends (source) where kind in ('spend', 'reserve');
create unique index spends_ended on commons.spends (source) where kind in ('settle', 'release');
-- What was spent on everything whose source begins so.
create index spends_sources on commons.spends (workspace_id, source collate "C");
create trigger append_only before update or delete or truncate on commons.spends
  for each statement execute function commons.refuse_change();

-- What is held and was spent on each day, so that no budget has to add up a year. A query over the lines proves it.
create table commons.spend_days (
  workspace_id uuid not null references commons.workspaces (id),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  day date not null,
  held_micros bigint not null check (held_micros >= 0),
  spent_micros bigint not null check (spent_micros >= 0),
  created_at timestamptz not null default now(),
  primary key (workspace_id, currency, day)
);
alter table commons.spends no force row level security;
insert into commons.spend_days (workspace_id, currency, day, held_micros, spent_micros)
  select workspace_id, currency, counted_on, 0, sum(amount_micros) from commons.spends group by 1, 2, 3;
alter table commons.spends force row level security;

-- What is held at the moment, one row for each open reservation: it goes when the reservation ends, and whoever removes it
-- is the one who ends it.
create table commons.reservations (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  source text not null unique check (length(source) between 1 and 200),
  -- Who is asked what became of it when its holder is not heard of any more.
  owner text not null check (length(owner) between 1 and 50),
  provider text not null check (length(provider) between 1 and 100),
  held_micros bigint not null check (held_micros >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  counted_on date not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now()
);
create index reservations_workspace on commons.reservations (workspace_id);
create index reservations_expiry on commons.reservations (expires_at);

-- How much may be held and spent together, in a day, in a month, or at all. Periods are those of UTC.
create table commons.budgets (
  id uuid primary key,
  workspace_id uuid not null references commons.workspaces (id),
  period text not null check (period in ('day', 'month', 'total')),
  limit_micros bigint not null check (limit_micros >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (workspace_id, period, currency)
);

-- The price book: what a provider asks for a million units of a model, from when until when. Rows without a workspace are
-- what providers ask of everybody; a workspace's own rows go before them. A name that ends in * stands for all names that
-- begin so. What is not in the book at all is counted like the dearest, never as free.
create table commons.prices (
  id uuid primary key,
  workspace_id uuid references commons.workspaces (id),
  provider text not null check (length(provider) between 1 and 100),
  model text not null check (length(model) between 1 and 200),
  unit text not null check (unit in ('input-token', 'output-token', 'audio-second')),
  micros_per_million bigint not null check (micros_per_million between 0 and 1000000000000),
  currency text not null default 'USD' check (currency = 'USD'),
  valid_from timestamptz not null,
  valid_to timestamptz check (valid_to > valid_from),
  created_at timestamptz not null default now()
);
create index prices_workspace on commons.prices (workspace_id, provider);
create unique index prices_one on commons.prices (workspace_id, provider, model, unit, valid_from) nulls not distinct;

-- As the providers' pages had them in November 2026, in micros of a dollar for a million tokens or seconds.
insert into commons.prices (id, provider, model, unit, micros_per_million, valid_from)
select ('019aa0e0-0000-7000-8000-' || lpad(to_hex(row_number() over (order by p.provider desc, p.model desc, p.unit desc)), 12, '0'))::uuid,
  p.provider, p.model, p.unit, p.micros, '2026-01-01T00:00:00Z'
from (
  select provider, model, unnest(array['input-token', 'output-token']) as unit,
    unnest(array[input, output]) as micros
  from (values
    ('openai', '*', 30000000, 180000000),
    ('openai', 'gpt-6-sol*', 2000000, 10000000),
    ('openai', 'gpt-6-luna*', 100000, 500000),
    ('openai', 'gpt-6.1-terra*', 1000000, 5000000),
    ('openai', 'gpt-5.4', 2500000, 15000000),
    ('openai', 'gpt-5.4-2*', 2500000, 15000000),
    ('openai', 'gpt-5.4-mini*', 750000, 4500000),
    ('openai', 'gpt-5', 1250000, 10000000),
    ('openai', 'gpt-5-2*', 1250000, 10000000),
    ('openai', 'gpt-5-mini*', 250000, 2000000),
    ('openai', 'gpt-5-nano*', 50000, 400000),
    ('openai', 'gpt-4.1', 2000000, 8000000),
    ('openai', 'gpt-4.1-2*', 2000000, 8000000),
    ('openai', 'gpt-4.1-mini*', 400000, 1600000),
    ('openai', 'gpt-4.1-nano*', 100000, 400000),
    ('openai', 'gpt-4o', 2500000, 10000000),
    ('openai', 'gpt-4o-2*', 5000000, 15000000),
    ('openai', 'gpt-4o-mini*', 150000, 600000),
    ('anthropic', '*', 15000000, 75000000),
    ('anthropic', 'claude-fable-5*', 10000000, 50000000),
    ('anthropic', 'claude-opus-5-5*', 4000000, 20000000),
    ('anthropic', 'claude-opus-5*', 5000000, 25000000),
    ('anthropic', 'claude-opus-4-5*', 5000000, 25000000),
    ('anthropic', 'claude-opus-4-6*', 5000000, 25000000),
    ('anthropic', 'claude-opus-4-7*', 5000000, 25000000),
    ('anthropic', 'claude-opus-4-8*', 5000000, 25000000),
    ('anthropic', 'claude-sonnet-5*', 2000000, 10000000),
    ('anthropic', 'claude-sonnet-4*', 3000000, 15000000),
    ('anthropic', 'claude-haiku-5-5*', 100000, 500000),
    ('anthropic', 'claude-haiku-4-5*', 1000000, 5000000),
    ('local', '*', 0, 0),
    ('*', '*', 30000000, 180000000)
  ) as tokens (provider, model, input, output)
  union all
  select provider, model, 'audio-second', micros
  from (values
    ('openai', 'whisper-1', 100000000),
    ('openai', 'gpt-4o-transcribe*', 100000000),
    ('openai', 'gpt-4o-mini-transcribe*', 50000000),
    ('local', '*', 0),
    ('*', '*', 1000000000)
  ) as sounds (provider, model, micros)
) as p;

alter table commons.spend_days enable row level security;
alter table commons.spend_days force row level security;
create policy own on commons.spend_days to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy all_rows on commons.spend_days to airdate_system using (true) with check (true);
grant select, insert, update (held_micros, spent_micros) on commons.spend_days to airdate_app, airdate_system;

alter table commons.reservations enable row level security;
alter table commons.reservations force row level security;
create policy own on commons.reservations to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy all_rows on commons.reservations to airdate_system using (true) with check (true);
grant select, insert, delete, update (expires_at) on commons.reservations to airdate_app, airdate_system;

alter table commons.budgets enable row level security;
alter table commons.budgets force row level security;
create policy own on commons.budgets to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy all_rows on commons.budgets to airdate_system using (true) with check (true);
-- Who may update may also lock, which is what the system does.
grant select, insert, delete, update (limit_micros, updated_at) on commons.budgets to airdate_app;
grant select, update (updated_at) on commons.budgets to airdate_system;

alter table commons.prices enable row level security;
alter table commons.prices force row level security;
create policy readable on commons.prices for select to airdate_app
  using (workspace_id is null or workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy written on commons.prices for insert to airdate_app
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy removed on commons.prices for delete to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy all_rows on commons.prices to airdate_system using (true) with check (true);
grant select, insert, delete on commons.prices to airdate_app;
grant select on commons.prices to airdate_system;
