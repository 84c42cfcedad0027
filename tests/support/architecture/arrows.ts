import { type Arrow, FLOORS, type House, type Source, type Violation, placeOf, wrongArrow } from './house.ts'

/** Which wings a wing may call by their index; every other crossing is a line of wiring.ts. */
const CROSSINGS: Readonly<Record<string, readonly string[]>> = { channels: ['studio', 'stream'] }

/** The two files that know every wing. */
const KNOW_ALL_WINGS = new Set(['server/app.ts', 'server/wiring.ts'])

// what an index or a neighbour never hands out: tables are named in one place, routes and jobs are mounted at the top
const PRIVATE_FILES = /\/(queries|tables|routes|jobs)\.ts$/
const TABLE_FILES = /\/(queries|tables)\.ts$/
const OWN_FILES = /\/(queries|tables|routes)\.ts$/

/** Arrows point down: kernel ← platform ← commons ← wings ← what stands above. */
export function floors({ sources, arrows }: House): Violation[] {
  const rule = 'floors'
  const homeless = [...sources.values()].filter((source) => source.floor === null)
  const found = homeless.map((source) => ({
    rule,
    path: source.path,
    line: 1,
    says: 'stands on no floor of the house',
  }))
  for (const arrow of arrows) {
    if (arrow.from.floor === null) continue
    if (arrow.from.floor === 'kernel' && arrow.module !== null && arrow.from.purpose === 'product') {
      if (!arrow.module.startsWith('node:')) found.push(wrongArrow(rule, arrow, 'the kernel imports nothing'))
    }
    if (arrow.file === null || (arrow.from.purpose === 'test' && arrow.file.startsWith('tests/'))) continue
    const target = placeOf(arrow.file)
    if (target.floor === null || target.purpose === 'test') {
      if (arrow.from.purpose !== 'test')
        found.push(wrongArrow(rule, arrow, 'the server stands without its tests and tools'))
    } else if (FLOORS.indexOf(target.floor) > FLOORS.indexOf(arrow.from.floor)) {
      found.push(wrongArrow(rule, arrow, `${arrow.from.floor} lies below ${target.floor}`))
    } else if (
      target.floor !== arrow.from.floor &&
      arrow.from.floor !== 'roof' &&
      arrow.specifier?.startsWith('.') === true
    ) {
      found.push(wrongArrow(rule, arrow, `another floor is named by #${target.floor}/…`))
    }
  }
  return found
}

/**
 * A wing knows no other wing but those it may call; a command knows one at most; only app.ts and wiring.ts know all. Who
 * may call a wing does so by its index.
 */
export function crossings({ arrows }: House): Violation[] {
  const rule = 'crossings'
  const known = new Map<string, string>()
  return arrows.flatMap((arrow) => {
    const { from, file, specifier } = arrow
    const wing = file === null ? null : placeOf(file).wing
    if (wing === null || from.wing === wing || KNOW_ALL_WINGS.has(from.path)) return []
    if (from.wing !== null && CROSSINGS[from.wing]?.includes(wing) !== true) {
      return [wrongArrow(rule, arrow, `${from.wing} does not know ${wing}: use wiring.ts`)]
    }
    if (specifier !== `#${wing}`) return from.purpose === 'test' ? [] : [wrongArrow(rule, arrow, `use #${wing}`)]
    const first = known.get(from.path) ?? wing
    known.set(from.path, first)
    if (from.wing !== null || first === wing) return []
    return [wrongArrow(rule, arrow, 'only app.ts and wiring.ts know several wings')]
  })
}

const EXPORTED_NAMES_MAX = 20

/**
 * A wing's index names a handful of commands, reads, events and types, never queries or tables. Routes and jobs it may
 * gather for the composition root, but not hand out one by one.
 */
export function indexes({ sources, arrows }: House): Violation[] {
  const rule = 'indexes'
  const isIndex = (source: Source): boolean => source.wing !== null && source.path === `server/${source.wing}/index.ts`
  const handsOut = ({ from, file, reexport }: Arrow): boolean =>
    isIndex(from) && file !== null && (TABLE_FILES.test(file) || (reexport && PRIVATE_FILES.test(file)))
  const found = arrows
    .filter(handsOut)
    .map((arrow) => wrongArrow(rule, arrow, 'an index hands out no queries, tables, routes or jobs'))
  for (const source of sources.values()) {
    if (!isIndex(source)) continue
    const { path, code } = source
    if (/\bexport\s*(type\s*)?\*/.test(code)) found.push({ rule, path, line: 1, says: 'exports *: name what goes out' })
    const names = [...code.matchAll(/\bexport\s*(?:type\s*)?\{([^}]*)\}/g)].flatMap((match) =>
      (match[1] ?? '').split(','),
    )
    const count = names.filter((name) => name.trim() !== '').length
    if (count > EXPORTED_NAMES_MAX)
      found.push({ rule, path, line: 1, says: `exports ${count} names: a handful is enough` })
  }
  return found
}

/**
 * A feature uses what a sibling does (its service, schema, events, jobs, and files that are named after what they do),
 * never its queries, tables or routes, and nobody hands those on. Parts of the platform are machinery that builds on
 * itself and are bound by the ban on circles alone.
 */
export function siblings({ arrows }: House): Violation[] {
  const rule = 'siblings'
  return arrows.flatMap((arrow) => {
    const { from, file } = arrow
    if (file === null || from.purpose === 'test' || from.feature === null || !OWN_FILES.test(file)) return []
    const target = placeOf(file)
    const inFeatures = from.floor === 'wings' || from.floor === 'commons'
    if (!inFeatures || target.floor !== from.floor || target.wing !== from.wing || target.feature === null) return []
    if (target.feature !== from.feature) return [wrongArrow(rule, arrow, 'queries and routes belong to their feature')]
    return arrow.reexport ? [wrongArrow(rule, arrow, 'queries and routes are not handed on')] : []
  })
}

/**
 * Browser code imports its own folder and nothing of the server. Its feature may use the part that renders on both sides;
 * that this part touches no document is seen by the compiler, which knows none in the server.
 */
export function browser({ arrows }: House): Violation[] {
  const rule = 'browser'
  return arrows.flatMap((arrow) => {
    const { from, file } = arrow
    if (file === null || from.purpose === 'test') return []
    const homeOf = (path: string): string => path.slice(0, path.lastIndexOf('/client/'))
    const into = placeOf(file).purpose === 'browser'
    if (from.purpose === 'browser') {
      const within = into && homeOf(file) === homeOf(from.path)
      return within ? [] : [wrongArrow(rule, arrow, 'the server is not there in a browser')]
    }
    const own = from.path.startsWith(`${homeOf(file)}/`)
    return into && !own ? [wrongArrow(rule, arrow, 'browser code belongs to its feature')] : []
  })
}

/** No file needs itself, by whatever way; what is loaded later, on demand, does not count. */
export function circles({ sources, arrows }: House): Violation[] {
  const next = Map.groupBy(
    arrows.filter((arrow) => arrow.kind !== 'dynamic' && arrow.file !== null && sources.has(arrow.file)),
    (arrow) => arrow.from.path,
  )
  const state = new Map<string, 'open' | 'done'>()
  const found: Violation[] = []
  const visit = (path: string, way: readonly string[]): void => {
    if (state.get(path) === 'done') return
    state.set(path, 'open')
    for (const arrow of next.get(path) ?? []) {
      const target = arrow.file ?? ''
      const [before, circle] = [way.indexOf(target), [...way, path]]
      if (state.get(target) !== 'open') visit(target, circle)
      else {
        const around = target === path ? [path] : circle.slice(before)
        found.push(wrongArrow('circles', arrow, `closes a circle: ${[...around, target].join(' → ')}`))
      }
    }
    state.set(path, 'done')
  }
  for (const path of sources.keys()) visit(path, [])
  return found
}
