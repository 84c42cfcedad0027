/** One import, re-export, dynamic import or `require` of a file. */
export interface Import {
  /** As written; null when it is computed at run time. */
  readonly specifier: string | null
  /** `static` runs when the file is loaded, `type` is erased, `dynamic` happens when and if the code gets there. */
  readonly kind: 'static' | 'type' | 'dynamic'
  /** True for `export … from`. */
  readonly reexport: boolean
  readonly line: number
}

export interface Comment {
  readonly line: number
  readonly text: string
}

/** A source file cut into what the rules look at. */
export interface Scanned {
  /** The text at equal positions, with comments and the contents of strings and regular expressions blanked. */
  readonly code: string
  readonly comments: readonly Comment[]
  readonly imports: readonly Import[]
}

const SHARED = String.raw`[^'"\x60\/{}]+|\/\/[^\n]*|\/\*[^]*?\*\/|'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"`
const PLAIN = new RegExp(`(?:${SHARED}|[^])`, 'y')
const OR_REGEX = new RegExp(
  String.raw`(?:${SHARED}|\/(?![*\/])(?:[^\/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*|[^])`,
  'y',
)
const TEMPLATE_PART = /(?:[^`\\$]|\\[^]|\$(?!\{))*(?:`|\$\{|$)/y

// after these words a slash begins a regular expression, after other words it divides
const BEFORE_REGEX = new Set('return typeof case in of do else void delete throw new await yield instanceof'.split(' '))

/** Cuts TypeScript by its tokens. Text that is no TypeScript gives a meaningless answer, never an endless loop. */
export function scan(text: string): Scanned {
  const out: string[] = []
  const comments: Comment[] = []
  // one entry for each template literal that is open at this point: how many braces are open in its `${…}`
  const open: number[] = []
  let [at, line, last, inTemplate] = [0, 1, '', false]
  while (at < text.length) {
    const pattern = inTemplate ? TEMPLATE_PART : slashBeginsRegex(last) ? OR_REGEX : PLAIN
    pattern.lastIndex = at
    const token = pattern.exec(text)?.[0] ?? ''
    at += token.length
    const commentary = /^\/[/*]/.test(token) && !inTemplate
    if (commentary) comments.push({ line, text: token })
    out.push(inTemplate || commentary || /^['"/]./.test(token) ? blanked(token) : token)
    line += token.split('\n').length - 1
    if (inTemplate) {
      inTemplate = false
      if (!token.endsWith('${')) open.pop()
    } else if (token === '`') {
      open.push(0)
      inTemplate = true
    } else if (open.length > 0 && (token === '{' || token === '}')) {
      const depth = open.pop() ?? 0
      inTemplate = token === '}' && depth === 0
      open.push(inTemplate ? 0 : depth + (token === '{' ? 1 : -1))
    }
    // the longest of the words above has ten letters
    const meaning = commentary ? '' : token.trimEnd().slice(-12)
    if (meaning !== '') last = meaning
  }
  const code = out.join('')
  return { code, comments, imports: importsIn(code, text) }
}

function slashBeginsRegex(last: string): boolean {
  const word = /[\w$]+$/.exec(last)?.[0]
  return word === undefined ? !/['"`)\]}/]$/.test(last) : BEFORE_REGEX.has(word)
}

/** Blanks a token but for its quotes and line ends. */
function blanked(token: string): string {
  const quoted = /^(['"])[^]*\1$/.test(token) && token.length > 1
  const inner = (quoted ? token.slice(1, -1) : token).replaceAll(/[^\n]/g, ' ')
  return quoted ? `${token[0]}${inner}${token[0]}` : inner
}

const STATIC = /(?<![\w$.])(?:import|export)(\s+type(?![\w$]))?\s*([\w$*\s{},]*?\s*from\s*)?(?=['"])/g
const DYNAMIC = /(?<![\w$.])(?:import|require(?:\.resolve)?)\s*\(\s*(?=(.))/g

function importsIn(code: string, text: string): Import[] {
  const found: Import[] = []
  const lineAt = (index: number): number => code.slice(0, index).split('\n').length
  const specifierAt = (index: number): string => text.slice(index + 1, code.indexOf(code[index] ?? "'", index + 1))
  for (const match of code.matchAll(STATIC)) {
    const named =
      /\{([^}]*)\}/
        .exec(match[2] ?? '')?.[1]
        ?.split(',')
        .filter((name) => name.trim() !== '') ?? []
    const erased = named.length > 0 && named.every((name) => /^\s*type\s/.test(name)) && /^\s*\{/.test(match[2] ?? '')
    found.push({
      specifier: specifierAt(match.index + match[0].length),
      kind: match[1] !== undefined || erased ? 'type' : 'static',
      reexport: match[0].startsWith('export'),
      line: lineAt(match.index),
    })
  }
  for (const match of code.matchAll(DYNAMIC)) {
    const literal = match[1] === "'" || match[1] === '"'
    found.push({
      specifier: literal ? specifierAt(match.index + match[0].length) : null,
      kind: /typeof\s*$/.test(code.slice(0, match.index)) ? 'type' : 'dynamic',
      reexport: false,
      line: lineAt(match.index),
    })
  }
  return found
}
