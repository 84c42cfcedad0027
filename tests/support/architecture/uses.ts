import type { Arrow, House, Source, Violation } from './house.ts'
import { wrongArrow } from './house.ts'

/** Something that only some files may use. A file is reported when it matches `code` or imports one of `modules`. */
interface Reserved {
  readonly rule: string
  /** Paths that may use it, from the checkout's folder. */
  readonly only: RegExp
  readonly says: string
  readonly modules?: RegExp
  readonly code?: RegExp
}

const RESERVED: readonly Reserved[] = [
  {
    rule: 'environment',
    only: /^server\/platform\/config\//,
    says: 'only platform/config reads the environment',
    modules: /^(node:)?process$/,
    code: /\bprocess\s*\??\.\s*env\b|\bprocess\s*\[|\{[^{}]*\benv\b[^{}]*\}\s*=\s*process\b/,
  },
  {
    rule: 'programs',
    only: /^server\/platform\/process\//,
    says: 'only platform/process starts programs, and sees that they end with us',
    modules: /^(node:)?(child_process|cluster)$/,
  },
  {
    rule: 'files',
    // config keeps the small files of the house itself: keys, records of a run, the folder's lock
    only: /^server\/platform\/(storage|config)\//,
    says: 'only platform/storage and platform/config open files',
    modules: /^(node:)?fs(\/promises)?$/,
  },
  {
    rule: 'clock and chance',
    only: /^server\/kernel\//,
    says: 'only the kernel asks the clock, randomness and ids',
    modules: /^(node:)?perf_hooks$/,
    code: /\bDate\s*\.\s*now\b|\bnew\s+Date\b(?!\s*\(\s*[^\s)])|(?<!new\s+|[\w$.])Date\s*\(|\bMath\s*\.\s*random\b|\bperformance\s*\.\s*(now|timeOrigin)\b|\bprocess\s*\.\s*(hrtime|uptime)\b|\bTemporal\s*\.\s*Now\b|(?<![\w$])(randomUUID|randomBytes|randomInt|randomFill|randomFillSync|getRandomValues)\b/,
  },
  {
    rule: 'query builder',
    only: /^server\/platform\/database\/|\/queries\.ts$/,
    says: 'only queries.ts names tables',
    modules: /^kysely(\/|$)/,
  },
  {
    rule: 'database driver',
    // what starts the house finds the database, before there is a pool
    only: /^server\/(platform\/(database|jobs|events)\/|cli\/|[\w-]+\.ts$)/,
    says: 'connections are opened by the platform alone',
    modules: /^pg(-boss)?(\/|$)/,
  },
  {
    rule: 'raw SQL',
    only: /^server\/(platform\/|[\w-]+\.ts$)|\/queries\.ts$/,
    says: 'SQL by hand belongs to queries.ts and to machinery',
    code: /\brawQuery\b/,
  },
  {
    rule: 'printing',
    only: /^server\/(cli\/|main\.ts$)/,
    says: 'only the command line prints; others are given a logger',
    code: /(?<![\w$.])console\s*\.|\bprocess\s*\.\s*(stdout|stderr)\b/,
  },
  {
    rule: 'exit',
    only: /^server\/(cli\/|main\.ts$)/,
    says: 'nobody ends the process: let go of what is held and the loop runs empty',
    code: /\bprocess\s*\.\s*(exit|abort|reallyExit)\b/,
  },
]

/** Who may use what: environment, programs, files, clock and chance, query builder, driver, SQL, printing, exit. */
export function reserved({ sources, arrows }: House): Violation[] {
  const product = (source: Source): boolean => source.purpose === 'product'
  return RESERVED.flatMap(({ rule, only, says, modules, code }) => [
    ...[...sources.values()]
      .filter((source) => code !== undefined && product(source) && !only.test(source.path))
      .flatMap((source) =>
        matchesOf(source, code ?? /$^/).map((match) => ({ rule, path: source.path, ...match, says })),
      ),
    ...arrows
      .filter((arrow) => product(arrow.from) && !only.test(arrow.from.path))
      .filter((arrow) => modules !== undefined && arrow.module !== null && modules.test(arrow.module))
      .map((arrow) => wrongArrow(rule, arrow, says)),
  ])
}

function matchesOf(source: Source, pattern: RegExp): { line: number }[] {
  return [...source.code.matchAll(new RegExp(pattern, 'g'))].map((match) => ({
    line: source.code.slice(0, match.index).split('\n').length,
  }))
}

/** What is computed at run time escapes every other rule. */
export function computed({ arrows }: House): Violation[] {
  return arrows
    .filter((arrow) => arrow.from.purpose === 'product' && arrow.specifier === null)
    .map((arrow) => wrongArrow('computed imports', arrow, 'write the path out'))
}

/** The server needs only packages that are installed with it: `dependencies`, not `devDependencies`. */
export function packages(house: House, dependencies: readonly string[]): Violation[] {
  const installed = new Set(dependencies)
  const nameOf = (module: string): string => /^(@[^/]+\/)?[^/]+/.exec(module)?.[0] ?? module
  const isForeign = (arrow: Arrow): boolean =>
    arrow.module !== null &&
    arrow.kind !== 'type' &&
    !arrow.module.startsWith('node:') &&
    !installed.has(nameOf(arrow.module))
  return house.arrows
    .filter((arrow) => arrow.from.purpose === 'product' && isForeign(arrow))
    .map((arrow) => wrongArrow('packages', arrow, 'not among the dependencies of package.json'))
}

const NAMES_OF_FLOORS = {
  kernel: 'platform|commons|planner|studio|channels|stream|cli',
  platform: 'commons|planner|studio|channels|stream|cli',
  commons: 'planner|studio|channels|stream|cli',
} as const

/** A lower floor does not speak of a higher one: its comments name no path there. */
export function comments({ sources }: House): Violation[] {
  return [...sources.values()].flatMap(({ path, floor, purpose, comments: spoken }) => {
    if (purpose !== 'product' || floor === null || !Object.hasOwn(NAMES_OF_FLOORS, floor)) return []
    const names = NAMES_OF_FLOORS[floor as keyof typeof NAMES_OF_FLOORS]
    const higher = new RegExp(`#(${names})\\b|\\bserver/(${names})\\b|(?<![\\w/-])(${names})/[\\w./-]*\\.ts\\b`)
    return spoken.flatMap(({ line, text }) => {
      const said = higher.exec(text)?.[0]
      return said === undefined
        ? []
        : [{ rule: 'comments', path, line, says: `a comment speaks of ${said}, which lies above` }]
    })
  })
}
