import { readFileSync, readdirSync } from 'node:fs'
import { join, posix } from 'node:path'
import { type Import, type Scanned, scan } from './scan.ts'

export const WINGS = ['planner', 'studio', 'channels', 'stream'] as const
export type Wing = (typeof WINGS)[number]

/** From the ground up. `roof` is what stands above the wings: cli/, docs/ and the files of server/ itself (app.ts, wiring.ts …). */
export const FLOORS = ['kernel', 'platform', 'commons', 'wings', 'roof'] as const
export type Floor = (typeof FLOORS)[number]

/**
 * What a file is for, which decides what it may use: `product` runs in the server; `test` beside it does not (tests,
 * their fixtures, conformance suites); `browser` is sent to the browser and knows nothing of the server.
 */
export type Purpose = 'product' | 'test' | 'browser'

/** A source file with its place in the house. */
export interface Source extends Scanned {
  /** From the checkout's folder, with slashes: `server/stream/videos/service.ts`. */
  readonly path: string
  readonly purpose: Purpose
  readonly floor: Floor | null
  readonly wing: Wing | null
  /** The folder below its floor or wing: `identity`, `videos`; null for files that lie above all features. */
  readonly feature: string | null
}

/** An import whose target was looked up: a file of the checkout, or a package or `node:` module by its name. */
export interface Arrow extends Import {
  readonly from: Source
  readonly file: string | null
  readonly module: string | null
}

export interface House {
  readonly sources: ReadonlyMap<string, Source>
  readonly arrows: readonly Arrow[]
}

/** Something that breaks a rule, as it is told to whoever broke it. */
export interface Violation {
  readonly rule: string
  readonly path: string
  readonly line: number
  readonly says: string
}

const ALIASES = /^#(kernel|platform|commons|tests)\/(.+)$/

/** Builds the house from texts by their paths: from the checkout, or from a few planted files. */
export function houseOf(files: Readonly<Record<string, string>>): House {
  const sources = Object.entries(files).map(([path, text]): Source => ({ path, ...scan(text), ...placeOf(path) }))
  return {
    sources: new Map(sources.map((source) => [source.path, source])),
    arrows: sources.flatMap((from) => from.imports.map((imported) => arrowOf(from, imported))),
  }
}

/** Every TypeScript file below `folder` of the checkout, by its path. */
export function filesBelow(folder: string): Record<string, string> {
  const root = join(import.meta.dirname, '../../..')
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  const paths = names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
  return Object.fromEntries(paths.toSorted().map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

/** Where a path stands in the house. */
export function placeOf(path: string): Pick<Source, 'purpose' | 'floor' | 'wing' | 'feature'> {
  const [top, second, ...rest] = path.split('/')
  const purpose = purposeOf(path)
  if (top !== 'server' || second === undefined) return { purpose, floor: null, wing: null, feature: null }
  const wing = WINGS.find((name) => name === second) ?? null
  const feature = rest.length > 1 ? (rest[0] ?? null) : null
  return { purpose, floor: wing === null ? floorOf(second) : 'wings', wing, feature }
}

function floorOf(name: string): Floor | null {
  if (name === 'kernel' || name === 'platform' || name === 'commons') return name
  return name === 'cli' || name === 'docs' || name.endsWith('.ts') ? 'roof' : null
}

function purposeOf(path: string): Purpose {
  if (/\.(test|conformance)\.ts$|\/fixtures\/|^tests\//.test(path)) return 'test'
  return /\/client\//.test(path) ? 'browser' : 'product'
}

function arrowOf(from: Source, imported: Import): Arrow {
  const { specifier } = imported
  if (specifier === null) return { ...imported, from, file: null, module: null }
  const aliased = ALIASES.exec(specifier)
  const wing = WINGS.find((name) => specifier === `#${name}`)
  let file: string | null = null
  if (aliased !== null) file = `${aliased[1] === 'tests' ? '' : 'server/'}${aliased[1]}/${aliased[2]}`
  else if (wing !== undefined) file = `server/${wing}/index.ts`
  else if (specifier.startsWith('.')) file = posix.join(posix.dirname(from.path), specifier)
  return { ...imported, from, file, module: file === null ? specifier : null }
}

/** The report of an arrow that breaks a rule. */
export function wrongArrow(rule: string, arrow: Arrow, says: string): Violation {
  return {
    rule,
    path: arrow.from.path,
    line: arrow.line,
    says: `imports ${arrow.specifier ?? 'a computed path'}: ${says}`,
  }
}
