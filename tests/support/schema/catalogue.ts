import type pg from 'pg'

/** Runs a query and answers its rows. */
export type Sql = <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>

/** A table, function, role or schema that breaks a rule. */
export interface Fault extends pg.QueryResultRow {
  readonly rule: string
  /** `schema.table`, or the name of a function, role or schema. */
  readonly subject: string
  readonly says: string
}

/** The schemas that are ours: one for each wing and floor. The queue's own is made and watched over by its package. */
export const SCHEMAS = ['platform', 'commons', 'planner', 'studio', 'channels', 'stream'] as const

/** Each query answers what breaks the rule as `subject` and `says`; `$1` is the list of our schemas. */
const RULES: Readonly<Record<string, string>> = {
  'row-level security': `
    select c.oid::regclass::text as subject, 'row-level security is ' || case
        when not c.relrowsecurity then 'off' when not c.relforcerowsecurity then 'not forced' else 'on without a policy' end as says
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any($1) and c.relkind in ('r', 'p') and not (
      c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))`,

  // a view reads with its owner's rights, past every policy, unless it is told otherwise
  views: `
    select c.oid::regclass::text as subject, 'the view is not security_invoker' as says
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any($1) and (c.relkind = 'm'
      or c.relkind = 'v' and not coalesce(c.reloptions, '{}') && '{security_invoker=true,security_invoker=on,security_invoker=1}')`,

  'foreign keys across wings': `
    select c.conrelid::regclass::text as subject, c.conname || ' points to ' || c.confrelid::regclass::text as says
    from pg_constraint c
    join pg_class f on f.oid = c.conrelid join pg_namespace own on own.oid = f.relnamespace
    join pg_class t on t.oid = c.confrelid join pg_namespace other on other.oid = t.relnamespace
    where c.contype = 'f' and own.nspname = any($1) and own.nspname <> other.nspname
      and not (other.nspname = 'platform' or other.nspname = 'commons' and own.nspname <> 'platform')`,

  // without it, deleting a row of the other table reads this one whole; an index without the nulls serves as well
  'an index behind every foreign key': `
    select c.conrelid::regclass::text as subject, 'no index begins with the columns of ' || c.conname as says
    from pg_constraint c
    join pg_class f on f.oid = c.conrelid join pg_namespace n on n.oid = f.relnamespace
    where c.contype = 'f' and n.nspname = any($1) and not exists (
      select from pg_index i
      where i.indrelid = c.conrelid and i.indisvalid
        and (select array_agg(k order by k) from unnest((i.indkey::int2[])[0:cardinality(c.conkey) - 1]) k)
          = (select array_agg(k order by k) from unnest(c.conkey) k)
        and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) in (
          select format('(%I IS NOT NULL)', a.attname) from pg_attribute a
          where a.attrelid = c.conrelid and a.attnum = any(c.conkey))))`,

  'every row says when it was made': `
    select c.oid::regclass::text as subject, 'no timestamptz column that is filled with now()' as says
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any($1) and c.relkind in ('r', 'p') and not exists (
      select from pg_attribute a join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      where a.attrelid = c.oid and a.attnotnull and a.atttypid = 'timestamptz'::regtype
        and pg_get_expr(d.adbin, d.adrelid) in ('now()', 'clock_timestamp()'))`,

  'times have a zone': `
    select c.oid::regclass::text as subject, a.attname || ' has no time zone' as says
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any($1) and c.relkind in ('r', 'p') and not a.attisdropped
      and a.atttypid in ('timestamp'::regtype, 'time'::regtype, 'timetz'::regtype)`,

  'no schema but ours': `
    select n.nspname as subject, 'nobody knows this schema' as says from pg_namespace n
    where n.nspname <> all($1) and n.nspname not in ('public', 'pgboss', 'information_schema') and n.nspname not like 'pg\\_%'
    union all
    select c.oid::regclass::text, 'lies in public' from pg_class c where c.relnamespace = 'public'::regnamespace`,

  // such a function acts with its owner's rights: what its names mean and who may call it must not be left open
  'functions with their owner’s rights': `
    select p.oid::regprocedure::text as subject, case
        when not exists (select from unnest(p.proconfig) s where s like 'search_path=%') then 'its search_path is open'
        else 'anybody may call it' end as says
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = any($1) and p.prosecdef and not (
      exists (select from unnest(p.proconfig) s where s like 'search_path=%')
      and p.proacl is not null and not exists (select from aclexplode(p.proacl) a where a.grantee = 0))`,

  'roles without might': `
    with ours as (select * from pg_roles where rolname in ('airdate_app', 'airdate_system'))
    select r.rolname as subject, 'has attributes beyond LOGIN' as says from ours r
    where r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication
    union all
    select r.rolname, 'owns ' || coalesce(pg_describe_object(d.classid, d.objid, d.objsubid), 'something')
    from ours r join pg_shdepend d on d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid and d.deptype = 'o'
      and d.dbid in (0, (select oid from pg_database where datname = current_database()))
    union all
    select r.rolname, 'is a member of ' || m.roleid::regrole::text from ours r join pg_auth_members m on m.member = r.oid
    union all
    select r.rolname, 'may create in schema ' || n.nspname from ours r cross join pg_namespace n
    where n.nspname not like 'pg\\_%' and has_schema_privilege(r.oid, n.oid, 'CREATE')
    union all
    -- TRUNCATE asks no policy
    select r.rolname, 'may truncate ' || c.oid::regclass::text from ours r cross join pg_class c
      join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any($1) and c.relkind in ('r', 'p') and has_table_privilege(r.oid, c.oid, 'TRUNCATE')`,
}

/** Holds the database against every rule. Faults come in the order of rules and names. */
export async function catalogueFaults(sql: Sql): Promise<Fault[]> {
  const found: Fault[] = []
  for (const [rule, query] of Object.entries(RULES)) {
    const rows = await sql<Omit<Fault, 'rule'> & pg.QueryResultRow>(`${query} order by 1, 2`, [SCHEMAS])
    found.push(...rows.map(({ subject, says }) => ({ rule, subject: String(subject), says: String(says) })))
  }
  return found
}

/** Tables of `wanted` that do not exist, or have no nullable `deleted_at`: what is in them is gone at once when deleted. */
export async function softDeleteFaults(sql: Sql, wanted: readonly string[]): Promise<Fault[]> {
  return sql<Fault>(
    `select 'soft delete' as rule, t as subject, 'has no nullable timestamptz deleted_at' as says from unnest($1::text[]) t
     where not exists (
       select from pg_attribute a where a.attrelid = to_regclass(t) and a.attname = 'deleted_at' and not a.attisdropped
         and not a.attnotnull and a.atttypid = 'timestamptz'::regtype)
     order by 2`,
    [wanted],
  )
}
