import { type Fault, SCHEMAS, type Sql } from './catalogue.ts'

interface Column {
  /** In TypeScript, without `ColumnDefault<…>` and `| null`. */
  readonly type: string
  readonly nullable: boolean
  readonly hasDefault: boolean
}

/** A row type as it is declared: columns by their camelCase names. */
export interface DeclaredTable {
  readonly path: string
  /** `schema.table` as in SQL. */
  readonly name: string
  readonly columns: ReadonlyMap<string, Column>
}

const INTERFACE = /^(?:export )?interface (\w+)(?: extends [^{]*)? \{\n([^]*?)\n\}/gm
const MAPPED = /^\s+'([a-z]+)\.(\w+)': (\w+)$/gm
const MEMBER = /^ {2}(?:readonly )?(\w+): (.+)$/gm

/** The spelling of Kysely's CamelCasePlugin: `ownerId` is `owner_id`. */
function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/**
 * Finds what maps `'schema.table'` to an interface of the same file, the form in which tables are declared.
 * @throws Error when a mapped interface is not in the file
 */
export function declaredTables(files: Readonly<Record<string, string>>): DeclaredTable[] {
  return Object.entries(files).flatMap(([path, text]) => {
    const bodies = new Map([...text.matchAll(INTERFACE)].map((match) => [match[1] ?? '', match[2] ?? '']))
    return [...text.matchAll(MAPPED)].map(([, schema = '', table = '', name = '']) => {
      const body = bodies.get(name)
      if (body === undefined) throw new Error(`${path}: ${schema}.${table} is declared as ${name}, which is not there`)
      const columns = [...body.matchAll(MEMBER)].map(([, column = '', type = '']) => [column, columnOf(type)] as const)
      return { path, name: `${schema}.${snakeCase(table)}`, columns: new Map(columns) }
    })
  })
}

function columnOf(written: string): Column {
  const inner = /^(?:ColumnDefault|Generated)<(.*)>$/.exec(written)?.[1]
  const type = inner ?? written
  const withoutNull = type.replace(/\s*\|\s*null\b/, '')
  return { type: withoutNull, nullable: withoutNull !== type, hasDefault: inner !== undefined }
}

/** What a PostgreSQL type is read as; types that are not listed here are not compared (jsonb, domains). */
const READ_AS: Readonly<Record<string, string>> = {
  uuid: 'string',
  text: 'string',
  bool: 'boolean',
  int2: 'number',
  int4: 'number',
  int8: 'number',
  float4: 'number',
  float8: 'number',
  bytea: 'Buffer',
  timestamptz: 'Date',
  date: 'string',
  _text: 'string[]',
  _uuid: 'string[]',
}

const COMPARED = new Set(Object.values(READ_AS))

function primitiveOf(type: string): string {
  if (/^'[^']*'(\s*\|\s*'[^']*')*$/.test(type)) return 'string'
  return type.replace(/^readonly /, '')
}

interface ActualColumn {
  readonly table: string
  readonly column: string
  readonly type: string
  readonly nullable: boolean
  readonly filled: boolean
  /** Whether one of the roles that the code acts in may read or write it. */
  readonly used: boolean
}

/**
 * Differences between declared tables and the database, both ways: columns, null, defaults and plain types. A table of
 * the platform need not be declared, because machinery writes its SQL by hand, nor one that functions alone reach.
 */
export async function interfaceFaults(sql: Sql, declared: readonly DeclaredTable[]): Promise<Fault[]> {
  const actual = await sql<ActualColumn & Record<string, unknown>>(
    `select n.nspname || '.' || c.relname as table, a.attname as column, t.typname as type, not a.attnotnull as nullable,
       a.atthasdef or a.attidentity <> '' as filled,
       has_table_privilege('airdate_app', c.oid, 'select, insert') or has_table_privilege('airdate_system', c.oid, 'select, insert')
         as used
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
       join pg_type t on t.oid = a.atttypid
     where n.nspname = any($1) and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped order by 1, a.attnum`,
    [SCHEMAS],
  )
  const tables = Map.groupBy(actual, (column) => column.table)
  const known = new Set(declared.map((table) => table.name))
  const undeclared = [...tables]
    .filter(([name, [column]]) => !known.has(name) && !name.startsWith('platform.') && column?.used === true)
    .map(([name]) => name)
  return [
    ...undeclared.map((subject) => fault(subject, 'no interface declares it')),
    ...declared.flatMap((table) => differences(table, tables.get(table.name) ?? [])),
  ]
}

function differences(table: DeclaredTable, actual: readonly ActualColumn[]): Fault[] {
  if (actual.length === 0) return [fault(table.name, `${table.path} declares it and the database has none`)]
  const declared = new Map([...table.columns].map(([name, column]) => [snakeCase(name), column]))
  const there = new Map(actual.map((column) => [column.column, column]))
  const missing = [...declared.keys()].filter((name) => !there.has(name))
  return [
    ...missing.map((name) => fault(table.name, `${table.path} declares ${name} and the database has none`)),
    ...actual.flatMap((column) => {
      const said = declared.get(column.column)
      const where = `${table.path}: ${column.column}`
      if (said === undefined) return [fault(table.name, `${where} is not declared`)]
      return disagreements(said, column).map((says) => fault(table.name, `${where} ${says}`))
    }),
  ]
}

function disagreements(said: Column, column: ActualColumn): string[] {
  const [type, expected] = [primitiveOf(said.type), READ_AS[column.type]]
  const typeDiffers = expected !== undefined && COMPARED.has(type) && type !== expected
  return [
    ...(said.nullable === column.nullable || type === 'unknown'
      ? []
      : [`is ${column.nullable ? '' : 'not '}null in the database`]),
    ...(said.hasDefault && !column.filled ? ['has no default in the database'] : []),
    ...(typeDiffers ? [`is ${type} in TypeScript and ${column.type} in the database`] : []),
  ]
}

function fault(subject: string, says: string): Fault {
  return { rule: 'interfaces', subject, says }
}
