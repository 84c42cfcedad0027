import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import { parseRational, framesToMs, rational } from '#kernel/rational.ts'
import type { Ctx } from '#platform/context.ts'
import type { Writing } from '#platform/database/database.ts'
import { type StudioTx, studio, within } from '../door.ts'
import { canRead } from './policy.ts'
import { type FilmRow, entitle, filmById, insertProject, projectById, projectsAmong } from './queries.ts'
import type { Film, FilmHeight } from './schema.ts'

export const FilmNotFound = problem('studio/film-not-found', 404, 'There is no such film')
export const UnusableText = problem('studio/unusable-text', 400, 'A film cannot be made of this text')

/** The longest idea or script, and the longest title, in code points. */
export const MAX_TEXT_LENGTH = 20_000
const MAX_TITLE_LENGTH = 200

/** What was said about a film: exactly one of `idea` and `script`. */
export interface Project {
  readonly id: string
  readonly workspaceId: string
  readonly title: string | null
  readonly idea: string | null
  readonly script: string | null
  /** Lines of all that is drawn for it. */
  readonly height: FilmHeight
}

export interface NewProject {
  readonly workspaceId: string
  readonly id?: string
  readonly title?: string
  /** A thought to make a film of. */
  readonly idea: string | null
  /** The narration, word for word. */
  readonly script: string | null
  /** Default 720. */
  readonly height?: FilmHeight
}

/**
 * Writes the row of a new film in the caller's transaction. With an id that is taken in the same workspace nothing
 * happens: the caller has done this before.
 * @throws UnusableText unless exactly one of idea and script has 1 to 20,000 characters other than blanks, no NUL
 */
export async function createProject(tx: Writing, input: NewProject): Promise<{ projectId: string }> {
  const { workspaceId, idea, script, id = newId<'Project'>(), height = 720 } = input
  if ((idea === null) === (script === null)) throw UnusableText({ detail: 'Give either an idea or a script.' })
  const [name, text] = idea === null ? (['script', script ?? ''] as const) : (['idea', idea] as const)
  const fault = faultOf(text)
  if (fault !== null) throw UnusableText({ errors: [{ pointer: `/${name}`, detail: fault }] })
  const title = [...(input.title ?? '').replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()].slice(0, MAX_TITLE_LENGTH).join('')
  await insertProject(within(tx), { id, workspaceId, title: title === '' ? null : title, idea, script, height })
  return { projectId: id }
}

function faultOf(text: string): string | null {
  if (text.trim() === '') return 'must hold more than blanks'
  if ([...text].length > MAX_TEXT_LENGTH) return `must be at most ${MAX_TEXT_LENGTH} characters long`
  if (text.includes('\0') || !text.isWellFormed()) return 'holds a character that is no text'
  return null
}

/**
 * What was said about a film.
 * @throws FilmNotFound
 */
export async function projectOf(ctx: Ctx, id: string): Promise<Project> {
  const [row] = await studio.one(ctx, (db) => projectById(db, id))
  if (row === undefined || !canRead(ctx.actor, row)) throw FilmNotFound({ detail: `No film ${id} is here for you.` })
  return row
}

/** Gives a film that has none its title. */
export async function nameFilm(tx: StudioTx, id: string, title: string, at: Date): Promise<void> {
  await entitle(tx, id, title, at)
}

/** Of these films those whose files are wanted. Asked by the garbage collection, as the system. */
export async function livingProjects(ctx: Ctx, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const rows = await studio.one(ctx, (db) => projectsAmong(db, ids))
  return new Set(rows.map((row) => row.id))
}

/**
 * A film with what was made for it so far.
 * @throws FilmNotFound also for films of others: their existence is nobody's business
 */
export async function filmOf(ctx: Ctx, id: string): Promise<Film> {
  const [row] = await studio.one(ctx, (db) => filmById(db, id))
  if (row === undefined || !canRead(ctx.actor, row)) throw FilmNotFound({ detail: `No film ${id} is here for you.` })
  return shown(row)
}

function shown(row: FilmRow): Film {
  return {
    id: row.id,
    title: row.title,
    idea: row.idea,
    script: row.script,
    generations: row.generations.map((generation) => ({ ...generation })),
    render: renderShown(row),
    createdAt: row.createdAt.toISOString(),
  }
}

function renderShown(row: FilmRow): Film['render'] {
  if (row.renderTitle === null || row.durationFrames === null || row.frameRate === null) return null
  const rate = parseRational(row.frameRate) ?? rational(30)
  return {
    title: row.renderTitle,
    language: row.language ?? 'und',
    durationFrames: row.durationFrames,
    frameRate: row.frameRate,
    durationMs: framesToMs(row.durationFrames, rate),
    width: row.width ?? 0,
    height: row.height ?? 0,
    sizeBytes: row.sizeBytes ?? 0,
    loudnessLufs: row.loudnessLufs ?? 0,
    createdAt: (row.renderedAt ?? row.createdAt).toISOString(),
  }
}
