import { resolve } from 'node:path'
import { StartFailure } from '#platform/config/start-failure.ts'
import { fileSize, readTextFile } from '#platform/storage/files.ts'
import type { DemoWish } from './demo-film.ts'

const TEXT_LENGTH_MAX = 20_000
const TEXT_BYTES_MAX = 4 * TEXT_LENGTH_MAX
const DEFAULT_IDEA = 'Why is it easier to begin something new than to finish what we began?'

/**
 * What the film of a demo is made of: the idea, the script, or an idea of our own when there is neither.
 * @throws StartFailure in one line for what cannot be told
 */
export async function wishOf(
  idea: string | undefined,
  scriptFile: string | undefined,
  workingFolder: string,
): Promise<DemoWish> {
  if (idea !== undefined) expectText(idea, 'the idea')
  if (scriptFile === undefined) return { idea: idea ?? DEFAULT_IDEA, script: null }
  const script = await readScript(resolve(workingFolder, scriptFile))
  return { idea: idea ?? script, script }
}

async function readScript(path: string): Promise<string> {
  const sizeBytes = await fileSize(path).catch((cause: NodeJS.ErrnoException) => {
    throw new StartFailure(`${path} cannot be read (${cause.code})`, { cause })
  })
  if (sizeBytes === null) throw new StartFailure(`there is no file ${path}`)
  if (sizeBytes > TEXT_BYTES_MAX) throw tooLong(path)
  const text = await readTextFile(path, TEXT_BYTES_MAX).catch((cause: unknown) => {
    if (cause instanceof TypeError) throw new StartFailure(`${path} is not UTF-8`, { cause })
    throw cause
  })
  expectText(text, path)
  return text
}

function expectText(text: string, what: string): void {
  if (!/[^\p{C}\p{Z}]/u.test(text)) throw new StartFailure(`${what} is empty: there is nothing to tell`)
  if (text.includes('\0')) throw new StartFailure(`${what} is no text: it holds a NUL character`)
  if ([...text].length > TEXT_LENGTH_MAX) throw tooLong(what)
}

function tooLong(what: string): StartFailure {
  return new StartFailure(`${what} is longer than ${TEXT_LENGTH_MAX.toLocaleString('en')} characters`)
}
