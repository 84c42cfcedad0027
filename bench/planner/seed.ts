import type pg from 'pg'

/** Words of titles: made of syllables, so that some begin alike and some differ by a letter. */
export function vocabulary(count: number): string[] {
  const heads = 'ba ce di fo gu ka le mi no pu ra se ti vo zu sha tro plen gri clo'.split(' ')
  const tails = 'ber cal dor fin gel kin lot mas ner pal rit sen tor vas zim ling ment tion ster wick'.split(' ')
  return Array.from({ length: count }, (_, at) => {
    const [head = '', middle = '', tail = ''] = [
      heads[at % 20],
      heads[Math.floor(at / 20) % 20],
      tails[Math.floor(at / 400) % 20],
    ]
    return head + middle + tail
  })
}

const RESTS = `insert into planner.word_rests (workspace_id, rest, word)
  select $1, rest, word from (
    select w.word, w.word as rest from bench_words w
    union select w.word, left(w.word, g - 1) || substr(w.word, g + 1) from bench_words w, generate_series(1, length(w.word)) g
  ) r on conflict do nothing`

/**
 * Gives a workspace so many tasks, as years of use would leave them: three of four done, words of titles as frequent as
 * in speech (the cube of a uniform draw), a due day for a third, labels, priorities, energies. The first is number `from`.
 */
export async function seedTasks(
  client: pg.Client,
  whose: { readonly workspaceId: string; readonly userId: string },
  { from, count }: { readonly from: number; readonly count: number },
): Promise<void> {
  const { workspaceId, userId } = whose
  await client.query('begin')
  await client.query(`select set_config('app.workspace', $1, true)`, [workspaceId])
  await client.query(
    `create temporary table bench_new on commit drop as
    select n, id, (select array_agg(distinct w.word) from unnest(picks) p join bench_words w on w.at = p) as words,
      status, random() as draw from (
    select n, (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7' || substr(r, 1, 3) || '-8' || substr(r, 4, 3) || '-' || substr(r, 7, 12))::uuid as id,
      array(select floor((select count(*) from bench_words) * random() ^ 3)::int from generate_series(1, 5) where n is not null) as picks,
      (array['done','done','done','done','done','done','dropped','next','inbox','waiting'])[1 + floor(random() * 10)::int] as status
    from (select n, lpad(to_hex(1700000000000 + n * 60000), 12, '0') as h, md5(n::text || $1::text) as r
      from generate_series($2::bigint, $3::bigint) n) ids) tasks`,
    [workspaceId, from, from + count - 1],
  )
  await client.query(
    `insert into planner.tasks (id, workspace_id, created_by, title, status, completed_at, level, priority,
      due_date, energy, estimate_minutes, created_at)
    select id, $1, $2, array_to_string(words, ' '), status, case when status = 'done' then now() - draw * interval '900 days' end,
      4 + (draw * 10)::int % 3, (draw * 100)::int % 5, case when draw < 0.33 then current_date + ((draw * 3000)::int - 500) end,
      1 + (draw * 1000)::int % 3, 2 + (draw * 60)::int, now() - draw * interval '1000 days' from bench_new order by id`,
    [workspaceId, userId],
  )
  await client.query(
    `insert into planner.task_labels (workspace_id, task_id, label)
    select $1, id, 'label-' || (draw * 40)::int from bench_new where draw > 0.5 order by 3, 2`,
    [workspaceId],
  )
  await client.query(
    `insert into planner.searched_tasks (workspace_id, task_id, words) select $1, id, words from bench_new`,
    [workspaceId],
  )
  await client.query(
    `insert into planner.task_words (workspace_id, word, task_id)
    select $1, w, id from bench_new, unnest(words) w order by w collate "C", id`,
    [workspaceId],
  )
  await client.query(
    `insert into planner.words (workspace_id, word) select $1, word from bench_words on conflict do nothing`,
    [workspaceId],
  )
  await client.query(RESTS, [workspaceId])
  await client.query('commit')
}

/** Another person with a workspace of their own. */
export async function seedPerson(client: pg.Client, n: number): Promise<{ workspaceId: string; userId: string }> {
  const id = (kind: string) => `019a0000-0000-7000-${kind}000-${String(n).padStart(12, '0')}`
  const [userId, workspaceId] = [id('8'), id('9')]
  await client.query(`insert into commons.users (id, email, display_name) values ($1, $2, 'Somebody')`, [
    userId,
    `${n}@example.org`,
  ])
  await client.query(`insert into commons.workspaces (id, name, owner_id, personal_of) values ($1, 'Theirs', $2, $2)`, [
    workspaceId,
    userId,
  ])
  return { userId, workspaceId }
}

/** What titles are made of, for this connection. */
export async function bringWords(client: pg.Client, words: readonly string[]): Promise<void> {
  await client.query(`create temporary table bench_words (at int, word text collate "C")`)
  await client.query(`insert into bench_words select o - 1, w from unnest($1::text[]) with ordinality u (w, o)`, [
    [...words],
  ])
  await client.query('create index on bench_words (at); analyze bench_words')
}
