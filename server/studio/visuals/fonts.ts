import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { GlobalFonts } from '@napi-rs/canvas'
import { listFiles, readBytes } from '#platform/storage/files.ts'

/** What letters are for: a family with its weight. */
export type Face = 'serif' | 'grotesque' | 'text'

interface Family {
  readonly packageName: string
  /** The name of its files, and the weights that are used. */
  readonly file: string
  readonly weights: readonly number[]
  readonly alias: string
}

const FAMILIES: Readonly<Record<Face, Family>> = {
  serif: { packageName: '@fontsource/fraunces', file: 'fraunces', weights: [500], alias: 'Airdate Serif' },
  grotesque: {
    packageName: '@fontsource/bricolage-grotesque',
    file: 'bricolage-grotesque',
    weights: [700],
    alias: 'Airdate Grotesque',
  },
  text: { packageName: '@fontsource/inter', file: 'inter', weights: [500, 600], alias: 'Airdate Text' },
}
/** The parts into which the families are cut, by letters. */
const SUBSETS = ['latin', 'latin-ext', 'cyrillic', 'cyrillic-ext', 'greek', 'vietnamese'] as const
/** Families of the system for what ours have no letters for. */
const SYSTEM_FAMILIES = ['Noto Sans', 'Noto Sans Arabic', 'Noto Sans CJK JP', 'Noto Color Emoji', 'DejaVu Sans']

let registered: Promise<void> | null = null

/** Reads the families of the product; once for the process. Without them nothing is drawn. */
export function loadFonts(): Promise<void> {
  registered ??= register()
  return registered
}

async function register(): Promise<void> {
  for (const family of Object.values(FAMILIES)) {
    const folder = join(dirname(fileURLToPath(import.meta.resolve(`${family.packageName}/package.json`))), 'files')
    const files = new Set(await listFiles(folder, '.woff2'))
    for (const subset of SUBSETS) {
      for (const weight of family.weights) {
        const path = join(folder, `${family.file}-${subset}-${weight}-normal.woff2`)
        if (files.has(path)) GlobalFonts.register(await readBytes(path), aliasOf(family, subset))
      }
    }
  }
}

const aliasOf = (family: Family, subset: string): string => `${family.alias} ${subset}`

/** The CSS `font` of a face at a size: its parts one after the other, then the system's families. */
export function fontOf(face: Face, sizePx: number, weight?: number): string {
  const family = FAMILIES[face]
  const names = [...SUBSETS.map((subset) => aliasOf(family, subset)), ...SYSTEM_FAMILIES]
  return `${weight ?? family.weights[0]} ${sizePx}px ${names.map((name) => `"${name}"`).join(', ')}`
}
