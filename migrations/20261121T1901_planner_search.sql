-- The words of tasks, to be found by. Operators of text are not leakproof, so that under row-level security they do without
-- their indexes; the application's role sees none of these tables and asks the functions below, which take the workspace
-- from the setting. Words come normalised (server/planner/tasks/words.ts); the order "C" makes a prefix a range.
create table planner.searched_tasks (
  workspace_id uuid not null,
  task_id uuid not null,
  words text[] not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, task_id)
);
create table planner.task_words (
  workspace_id uuid not null,
  word text collate "C" not null,
  task_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, word, task_id)
);
-- Every word that the workspace ever used, and what is left of it without one of its letters: two words that differ by one
-- letter more, less, other or changed places share such a rest (Garbe 2012, symmetric delete).
create table planner.words (
  workspace_id uuid not null,
  word text collate "C" not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, word)
);
create table planner.word_rests (
  workspace_id uuid not null,
  rest text collate "C" not null,
  word text collate "C" not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, rest, word)
);

alter table planner.searched_tasks enable row level security;
alter table planner.searched_tasks force row level security;
alter table planner.task_words enable row level security;
alter table planner.task_words force row level security;
alter table planner.words enable row level security;
alter table planner.words force row level security;
alter table planner.word_rests enable row level security;
alter table planner.word_rests force row level security;
-- For the functions, which act as the owner.
create policy by_function on planner.searched_tasks to current_user
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy by_function on planner.task_words to current_user
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy by_function on planner.words to current_user
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
create policy by_function on planner.word_rests to current_user
  using (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

-- Writes down by which words a task is found from now on; none: by none. `rests` are those of words, pair by pair.
create function planner.index_task(p_task uuid, p_words text[], p_rests text[], p_rest_words text[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_workspace uuid := nullif(current_setting('app.workspace', true), '')::uuid;
  v_old text[];
begin
  if v_workspace is null then
    raise exception 'a task is found within a workspace' using errcode = 'insufficient_privilege';
  end if;
  select s.words into v_old from planner.searched_tasks s
    where s.workspace_id = v_workspace and s.task_id = p_task for update;
  if v_old is not distinct from p_words then
    return;
  end if;
  delete from planner.task_words t using unnest(v_old) w
    where t.workspace_id = v_workspace and t.word = w and t.task_id = p_task and w <> all(p_words);
  insert into planner.task_words (workspace_id, word, task_id)
    select v_workspace, w, p_task from unnest(p_words) w on conflict do nothing;
  insert into planner.searched_tasks (workspace_id, task_id, words) values (v_workspace, p_task, p_words)
    on conflict (workspace_id, task_id) do update set words = excluded.words;
  -- In one order for all, so that two who bring the same new words wait for each other and not both.
  with fresh as (
    insert into planner.words (workspace_id, word)
      select v_workspace, w from unnest(p_words) w order by w collate "C" on conflict do nothing returning word)
  insert into planner.word_rests (workspace_id, rest, word)
    select v_workspace, r.rest, r.word from unnest(p_rests, p_rest_words) r (rest, word)
      join fresh on fresh.word = r.word collate "C"
      order by r.rest collate "C", r.word collate "C" on conflict do nothing;
end $$;

-- The words that a term may mean: those that it begins, or where there is none those that are one letter away from it.
create function planner.meant_words(p_workspace uuid, p_term text, p_rests text[]) returns text[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_words text[];
begin
  -- The shortest first: the term itself is the first of all.
  select array_agg(f.word) into v_words from (
    select w.word from planner.words w
      where w.workspace_id = p_workspace and w.word >= p_term collate "C" and w.word < (p_term || chr(1114111)) collate "C"
      order by length(w.word), w.word limit 64) f;
  if v_words is null and cardinality(p_rests) > 0 then
    select array_agg(f.word) into v_words from (
      select distinct r.word from planner.word_rests r
        where r.workspace_id = p_workspace and r.rest = any(p_rests) limit 64) f;
  end if;
  return v_words;
end $$;

-- Tasks of the workspace of the setting that hold every term, newest first, at most `p_limit` of those before `p_before`.
-- `p_rests` holds for each term its rests, joined by spaces. Up to six terms.
create function planner.find_tasks(p_terms text[], p_rests text[], p_before uuid, p_limit integer) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  v_workspace uuid := nullif(current_setting('app.workspace', true), '')::uuid;
  v_words text[];
  v_count integer;
  v_fewest integer;
  v_lead text[];
  c1 text[]; c2 text[]; c3 text[]; c4 text[]; c5 text[]; c6 text[];
begin
  for i in 1 .. least(cardinality(p_terms), 6) loop
    v_words := planner.meant_words(v_workspace, p_terms[i], string_to_array(nullif(p_rests[i], ''), ' '));
    if v_words is null then
      return;
    end if;
    -- Whoever is rarest leads: how rare beyond a thousand makes little difference.
    select count(*) into v_count from (
      select from planner.task_words t where t.workspace_id = v_workspace and t.word = any(v_words) limit 1000) f;
    if v_fewest is null or v_count < v_fewest then
      v_fewest := v_count;
      v_lead := v_words;
    end if;
    case i when 1 then c1 := v_words; when 2 then c2 := v_words; when 3 then c3 := v_words;
      when 4 then c4 := v_words; when 5 then c5 := v_words; else c6 := v_words; end case;
  end loop;
  if cardinality(p_terms) = 1 then
    return query
      select distinct f.task_id from unnest(v_lead) w, lateral (
        select t.task_id from planner.task_words t
          where t.workspace_id = v_workspace and t.word = w collate "C" and t.task_id < p_before
          order by t.task_id desc limit p_limit) f
      order by 1 desc limit p_limit;
    return;
  end if;
  return query
    select distinct f.task_id from unnest(v_lead) w, lateral (
      select t.task_id from planner.task_words t
        join planner.searched_tasks s on s.workspace_id = v_workspace and s.task_id = t.task_id
        where t.workspace_id = v_workspace and t.word = w collate "C" and t.task_id < p_before
          and (c1 is null or s.words && c1) and (c2 is null or s.words && c2) and (c3 is null or s.words && c3)
          and (c4 is null or s.words && c4) and (c5 is null or s.words && c5) and (c6 is null or s.words && c6)
        order by t.task_id desc limit p_limit) f
    order by 1 desc limit p_limit;
end $$;

revoke all on function planner.index_task(uuid, text[], text[], text[]) from public;
revoke all on function planner.meant_words(uuid, text, text[]) from public;
revoke all on function planner.find_tasks(text[], text[], uuid, integer) from public;
grant execute on function planner.index_task(uuid, text[], text[], text[]) to airdate_app;
grant execute on function planner.find_tasks(text[], text[], uuid, integer) to airdate_app;
