-- Events in the order in which they are told; see server/platform/events/placing.ts. An id is made before the commit, so
-- ids do not tell who came first: a position is given after it, by one transaction at a time, without holes.
alter table platform.events add column position bigint;
update platform.events e set position = placed.position
  from (select id, row_number() over (order by at, id) as position from platform.events) placed
  where placed.id = e.id;
create unique index events_position on platform.events (position);
create index events_unplaced on platform.events (at, id) where position is null;
create index events_subject_position on platform.events (subject, position);
grant update (position) on platform.events to airdate_system;

-- Gives the next positions to at most p_limit events that wait, and tells every process. Returns how many got one. The
-- lock is held until the commit is visible: whoever sees a position sees all before it.
create function platform.place_events(p_limit integer) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  v_count integer;
  v_last bigint;
begin
  if not exists (select from platform.events where position is null) then
    return 0;
  end if;
  perform pg_advisory_xact_lock(1095324228, 7);
  -- Under READ COMMITTED each statement sees what was committed before it began: all that earlier holders placed.
  with waiting as (
    select w.id, row_number() over (order by w.at, w.id) as n
    from (select id, at from platform.events where position is null order by at, id limit p_limit) w
  ), placed as (
    update platform.events e
    set position = (select coalesce(max(position), 0) from platform.events) + waiting.n
    from waiting where waiting.id = e.id
    returning e.position
  )
  select count(*), max(position) into v_count, v_last from placed;
  if v_count > 0 then
    perform pg_notify('airdate_live', 'events ' || v_last);
  end if;
  return v_count;
end $$;
revoke all on function platform.place_events(integer) from public;
grant execute on function platform.place_events(integer) to airdate_system;

-- For addresses that cannot carry a header: opens one live connection in the name of the credential, once.
create table platform.realtime_tickets (
  secret_hash bytea primary key,
  credential_id uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index realtime_tickets_expires_at on platform.realtime_tickets (expires_at);

-- Who is in a room, by connection. A row lives as long as its node renews it; after a crash of the database the nodes
-- write theirs again, so that nothing is lost by not logging it.
create unlogged table platform.realtime_members (
  topic text not null check (length(topic) between 3 and 100),
  connection_id uuid not null,
  node_id uuid not null,
  user_id uuid not null,
  typing_until timestamptz,
  joined_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (topic, connection_id)
);
create index realtime_members_node_id on platform.realtime_members (node_id);
create index realtime_members_expires_at on platform.realtime_members (expires_at);

alter table platform.realtime_tickets enable row level security;
alter table platform.realtime_tickets force row level security;
alter table platform.realtime_members enable row level security;
alter table platform.realtime_members force row level security;
create policy all_rows on platform.realtime_tickets to airdate_system using (true) with check (true);
create policy all_rows on platform.realtime_members to airdate_system using (true) with check (true);
grant select, insert, delete on platform.realtime_tickets to airdate_system;
grant select, insert, update, delete on platform.realtime_members to airdate_system;
