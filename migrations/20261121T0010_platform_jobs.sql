-- Jobs and events. The queue itself is pg-boss's, in the schema pgboss, installed after these files by installJobs
-- (server/platform/jobs/install.ts). The application's role has no right in that schema: it passes through the two
-- functions below, which see to it that a job carries the workspace of who enqueues it.

-- How far a running job is. Written by JobCtx.progress only; losses_base is the claim at which losses count from zero.
create table platform.job_progress (
  job_id uuid primary key,
  job_name text not null,
  workspace_id uuid,
  fraction real not null check (fraction between 0 and 1),
  note text check (length(note) <= 1000),
  losses_base integer not null,
  updated_at timestamptz not null default now()
);
create index job_progress_updated_at on platform.job_progress (updated_at);

-- What went wrong: one row for each attempt that failed or was lost; attempts that succeed leave none.
create table platform.job_attempts (
  job_id uuid not null,
  claim integer not null,
  job_name text not null,
  workspace_id uuid,
  outcome text not null check (outcome in ('failed', 'timed-out', 'lost', 'dead')),
  error jsonb,
  at timestamptz not null default now(),
  primary key (job_id, claim)
);
create index job_attempts_at on platform.job_attempts (at);

-- Jobs that were given up, with all that is needed to send them again.
create table platform.dead_jobs (
  id uuid primary key,
  job_name text not null,
  workspace_id uuid,
  key text,
  input jsonb not null,
  code text not null,
  detail text not null,
  priority integer not null,
  fair boolean not null,
  expire_seconds integer not null,
  attempts integer not null,
  losses integer not null,
  enqueued_at timestamptz not null,
  died_at timestamptz not null default now()
);
create index dead_jobs_died_at on platform.dead_jobs (died_at desc, id);
create index dead_jobs_key on platform.dead_jobs (job_name, key) where key is not null;
create index dead_jobs_workspace_id on platform.dead_jobs (workspace_id, died_at desc);

-- When each schedule fires next. The row is the token: who moves next_at fires, in the same transaction.
create table platform.schedules (
  name text primary key,
  recurrence text not null,
  next_at timestamptz not null,
  fired_at timestamptz
);

-- The trail of what happened, and the outbox of what must be told.
create table platform.events (
  id uuid primary key,
  type text not null,
  version integer not null,
  workspace_id uuid,
  subject text not null check (length(subject) between 1 and 200),
  data jsonb not null,
  at timestamptz not null default now()
);
create index events_subject on platform.events (subject, id);
create index events_workspace_id on platform.events (workspace_id, id);

-- An event and a consumer meet once: the job of that delivery was enqueued with this row.
create table platform.event_deliveries (
  event_id uuid not null references platform.events (id) on delete cascade,
  consumer text not null,
  at timestamptz not null default now(),
  primary key (event_id, consumer)
);

alter table platform.job_progress enable row level security;
alter table platform.job_progress force row level security;
alter table platform.job_attempts enable row level security;
alter table platform.job_attempts force row level security;
alter table platform.dead_jobs enable row level security;
alter table platform.dead_jobs force row level security;
alter table platform.schedules enable row level security;
alter table platform.schedules force row level security;
alter table platform.events enable row level security;
alter table platform.events force row level security;
alter table platform.event_deliveries enable row level security;
alter table platform.event_deliveries force row level security;

create policy own on platform.job_progress for select to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on platform.job_attempts for select to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on platform.dead_jobs for select to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy own on platform.events for select to airdate_app
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
-- What happens outside any workspace (a registration) is told too; only the system reads it.
create policy own_told on platform.events for insert to airdate_app
  with check (workspace_id is not distinct from nullif(current_setting('app.workspace', true), '')::uuid);
create policy all_rows on platform.job_progress to airdate_system using (true) with check (true);
create policy all_rows on platform.job_attempts to airdate_system using (true) with check (true);
create policy all_rows on platform.dead_jobs to airdate_system using (true) with check (true);
create policy all_rows on platform.schedules to airdate_system using (true) with check (true);
create policy all_rows on platform.events to airdate_system using (true) with check (true);
create policy all_rows on platform.event_deliveries to airdate_system using (true) with check (true);

grant select on platform.job_progress, platform.job_attempts, platform.dead_jobs to airdate_app;
grant select, insert on platform.events to airdate_app;
grant select, insert, update, delete on platform.job_progress, platform.job_attempts, platform.dead_jobs,
  platform.schedules, platform.event_deliveries to airdate_system;
grant select, insert on platform.events to airdate_system;

-- Writes a job in the caller's transaction. Returns false, and writes nothing, when the key has an unfinished job.
-- The application's role can only enqueue for the workspace of its scope.
create function platform.enqueue_job(
  p_id uuid, p_name text, p_input jsonb, p_key text, p_priority integer, p_delay_ms bigint, p_workspace uuid,
  p_fair boolean, p_expire_seconds integer
) returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_start timestamptz := now() + p_delay_ms * interval '1 millisecond';
  v_data jsonb := jsonb_build_object('input', p_input, 'workspaceId', p_workspace);
  v_priority integer := p_priority;
  v_group text;
  v_front integer;
  v_turn integer;
  v_wake boolean := false;
begin
  if session_user = 'airdate_app' and p_workspace is distinct from nullif(current_setting('app.workspace', true), '')::uuid then
    raise exception 'a job can only be enqueued for the workspace of the transaction' using errcode = 'insufficient_privilege';
  end if;
  if not exists (select from pgboss.queue where name = p_name) then
    perform pgboss.create_queue(p_name, '{"policy": "standard"}'::jsonb);
  end if;
  -- The job at the front: it gives the virtual time, and while there is one the workers know of this queue already.
  select -j.priority into v_front from pgboss.job_common j
    where j.name = p_name and j.state < 'active' and not j.blocked and j.start_after <= now()
    order by j.priority desc, j.created_on limit 1;
  v_wake := v_front is null and p_delay_ms <= 0;
  if p_fair then
    -- Start-time fair queueing (Goyal, Vin, Cheng 1996) with every job of length 1: its turn is the later of the virtual
    -- time and the turn behind its workspace's last waiting job. A priority moves it forward by so many turns, never past the front.
    v_group := coalesce(p_workspace::text, '');
    select (j.data ->> 'turn')::integer + 1 into v_turn from pgboss.job_common j
      where j.name = p_name and j.group_id = v_group and j.state < 'active'
      order by (j.data ->> 'turn')::integer desc limit 1;
    v_turn := greatest(coalesce(v_front, 0), coalesce(v_turn, 0));
    v_data := v_data || jsonb_build_object('turn', v_turn);
    v_priority := -greatest(coalesce(v_front, 0), v_turn - p_priority);
  end if;
  -- A keyed row is `exclusive`: the engine's own unique index admits one unfinished job of a key. Losses are counted by
  -- us (server/platform/jobs), so its retries do not end and do not wait.
  insert into pgboss.job_common (
    id, name, data, priority, start_after, created_on, keep_until, singleton_key, policy, group_id,
    retry_limit, retry_delay, retry_backoff, expire_seconds, deletion_seconds, heartbeat_seconds
  ) values (
    p_id, p_name, v_data, v_priority, v_start, clock_timestamp(), v_start + interval '10 years', p_key,
    case when p_key is null then 'standard' else 'exclusive' end, v_group,
    1000000, 0, false, p_expire_seconds, 86400, 10
  ) on conflict do nothing;
  if not found then
    return false;
  end if;
  -- A NOTIFY makes commits wait for each other, so only the job that ends a silence sends one; polling covers the race.
  if v_wake then
    perform pg_notify('airdate_jobs', 'ready ' || p_name);
  end if;
  return true;
end $$;

-- Ends unfinished jobs of a name by id or by key; running attempts are told at commit. Returns how many.
create function platform.cancel_jobs(p_name text, p_id uuid, p_key text) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_id uuid;
  v_count integer := 0;
begin
  for v_id in
    update pgboss.job_common j set state = 'cancelled', completed_on = now()
    where j.name = p_name and j.state < 'completed'
      and (p_id is null or j.id = p_id)
      and (p_key is null or (coalesce(j.singleton_key, '') = p_key and j.policy = 'exclusive'))
      and (p_id is not null or p_key is not null)
      and (session_user <> 'airdate_app'
        or (j.data ->> 'workspaceId')::uuid is not distinct from nullif(current_setting('app.workspace', true), '')::uuid)
    returning j.id
  loop
    perform pg_notify('airdate_jobs', 'cancel ' || v_id);
    v_count := v_count + 1;
  end loop;
  return v_count;
end $$;

revoke all on function platform.enqueue_job(uuid, text, jsonb, text, integer, bigint, uuid, boolean, integer) from public;
revoke all on function platform.cancel_jobs(text, uuid, text) from public;
grant execute on function platform.enqueue_job(uuid, text, jsonb, text, integer, bigint, uuid, boolean, integer)
  to airdate_app, airdate_system;
grant execute on function platform.cancel_jobs(text, uuid, text) to airdate_app, airdate_system;
