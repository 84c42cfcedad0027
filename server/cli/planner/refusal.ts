import { problem } from '#kernel/errors.ts'
import { StartFailure } from '#platform/config/start-failure.ts'
import { shownText } from './shown.ts'

const Refused = problem('cli/refused', 400, 'The server refused')

/** Of what is no answer of ours so much is looked at, and so much shown. */
const LOOKED_AT_BYTES = 64 * 1024
/** A page tells its title early; what finds it takes time by the square of what it looks at. */
const PAGE_CHARS = 16 * 1024
const SHOWN_CHARS = 200
const FAULTS_SHOWN = 20

interface ProblemBody {
  readonly title?: unknown
  readonly detail?: unknown
  readonly errors?: unknown
}

/**
 * What to tell of an answer that is none: what the server says is wrong, in its words. An answer that is no problem
 * document does not come from this server: what stands between is named by what it says, and what can be done about it.
 * Nothing of either commands the terminal.
 */
export async function refusalOf(reply: Response): Promise<Error> {
  const text = await beginningOf(reply)
  const said = problemIn(text)
  if (said === null) return new StartFailure(strangerSays(reply, text))
  const detail = said === '' ? `the server answered ${reply.status}` : said
  return reply.status >= 500 ? new StartFailure(detail) : Refused({ detail })
}

/** The words of a problem document; null where there is none. */
function problemIn(text: string): string | null {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return null
  const { title, detail, errors } = body as ProblemBody
  const faults = (Array.isArray(errors) ? errors.slice(0, FAULTS_SHOWN) : []).flatMap(faultOf)
  const words = faults.join('; ') || wordsOf(detail) || wordsOf(title)
  return cut(words, SHOWN_CHARS * FAULTS_SHOWN)
}

function faultOf(fault: unknown): string[] {
  const { pointer, detail } = (fault ?? {}) as { readonly pointer?: unknown; readonly detail?: unknown }
  const words = [wordsOf(pointer).slice(1), wordsOf(detail)].filter((each) => each !== '').join(' ')
  return words === '' ? [] : [words]
}

const wordsOf = (value: unknown): string => (typeof value === 'string' ? shownText(value) : '')

function strangerSays({ status, url }: Response, text: string): string {
  const page = text.slice(0, PAGE_CHARS)
  const title = /<title[^>]*>([^<]*)/i.exec(page)?.[1]
  const words = cut(shownText(title ?? page.replaceAll(/<(script|style)\b[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')), SHOWN_CHARS)
  const says = words === '' ? 'nothing that can be read' : `“${words}”`
  const who = URL.canParse(url) ? new URL(url).origin : 'the address of the server'
  return `${who} answered ${status} and says ${says}: that is not Airdate. Look at what stands between, such as a proxy, and at whether the server runs: ./airdate doctor tells`
}

function cut(text: string, chars: number): string {
  const characters = [...text.replaceAll(/\s+/g, ' ')]
  return characters.length <= chars ? characters.join('') : `${characters.slice(0, chars - 1).join('')}…`
}

/** However long an answer is, its beginning is enough; one that breaks off says what it said until then. */
async function beginningOf({ body }: Response): Promise<string> {
  if (body === null) return ''
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of body) {
      chunks.push(chunk)
      bytes += chunk.length
      // Leaving the loop gives the connection up.
      if (bytes >= LOOKED_AT_BYTES) break
    }
  } catch {
    // What came before is told.
  }
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, LOOKED_AT_BYTES))
}
