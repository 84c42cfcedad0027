import { ANY } from './any.ts'
import { HOME } from './home.ts'
import { OFFICE } from './office.ts'
import { SCREEN } from './screen.ts'
import { WORDS } from './words.ts'

/** Every icon that a step may have, by the name that recipes use. */
export const ICONS = {
  bag: '🎒',
  battery: '🔋',
  bin: '🗑️',
  book: '📖',
  bottle: '🧴',
  box: '📦',
  breath: '🌬️',
  broom: '🧹',
  bucket: '🪣',
  bug: '🐛',
  calendar: '📅',
  camera: '📷',
  card: '🪪',
  cart: '🛒',
  check: '✅',
  clock: '⏱️',
  code: '💻',
  ear: '🎧',
  eye: '👀',
  film: '🎞️',
  flag: '🚩',
  folder: '📁',
  form: '📝',
  gear: '⚙️',
  gift: '🎁',
  glove: '🧤',
  home: '🏠',
  image: '🖼️',
  key: '🔑',
  knife: '🔪',
  laundry: '🧺',
  list: '📋',
  mail: '✉️',
  map: '🗺️',
  mic: '🎙️',
  money: '💶',
  music: '🎵',
  mute: '🔇',
  palette: '🎨',
  paw: '🐾',
  pencil: '✏️',
  people: '👥',
  phone: '📞',
  plant: '🌱',
  plate: '🍽️',
  pot: '🍲',
  question: '❓',
  run: '🏃',
  save: '💾',
  scales: '⚖️',
  scissors: '✂️',
  search: '🔎',
  send: '📤',
  shoe: '👟',
  spark: '✨',
  sparkle: '🧽',
  spoon: '🥄',
  stretch: '🧘',
  tape: '🩹',
  tool: '🔧',
  walk: '🚶',
  water: '💧',
} as const
export type IconName = keyof typeof ICONS
/** One of a closed set of emoji. */
export type Icon = (typeof ICONS)[IconName]

/** What a program could take over of a digital step. */
export const Automation = [
  'draft',
  'summary',
  'check',
  'search',
  'template',
  'batch',
  'copy',
  'export',
  'cut',
  'sound',
  'image',
  'send',
  'schedule',
  'remind',
  'run',
] as const
export type Automation = (typeof Automation)[number]

/** A step of a recipe, with places for the words of the task. */
export interface RecipeStep {
  /** 2 to 5. */
  readonly minutes: number
  readonly kind: 'digital' | 'human'
  readonly icon: Icon
  readonly title: string
  readonly doneWhen: string
  readonly automation: Automation | null
}

/** A part of a long task: the kind of what it is, its title, and the minutes that it usually takes. */
export interface RecipePart {
  readonly kind: string
  readonly title: string
  readonly minutes: number
}

/** How a kind of task is done, with places such as `{the}` for its words (`fill.ts`). */
export interface Recipe {
  readonly result: string
  readonly parts: readonly RecipePart[]
  readonly ask: string | null
  readonly steps: readonly RecipeStep[]
}

/**
 * Reads recipes. Each begins with `kind: result`, may have `parts: kind Title minutes; …` and `ask: question`, and has a
 * line for each step: `minutes d|h icon | title | done when | automation`, d for digital and h for human.
 */
function readRecipes(text: string): [string, Recipe][] {
  return text
    .trim()
    .split(/\n\n+/)
    .map((block) => {
      const [head = '', ...lines] = block.split('\n').filter((line) => !line.startsWith('#'))
      const at = head.indexOf(':')
      const said = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
      const recipe: Recipe = {
        result: head.slice(at + 1).trim(),
        parts: (said('parts') ?? '').split(';').filter(Boolean).map(partOf),
        ask: said('ask') ?? null,
        steps: lines.filter((line) => /^\d/.test(line)).map(stepOf),
      }
      return [head.slice(0, at), recipe]
    })
}

function partOf(text: string): RecipePart {
  const [kind = '', ...rest] = text.trim().split(' ')
  return { kind, title: rest.slice(0, -1).join(' '), minutes: Number(rest.at(-1)) }
}

function stepOf(line: string): RecipeStep {
  const [about = '', title = '', doneWhen = '', automation = ''] = line.split('|').map((cell) => cell.trim())
  const [minutes = '', side, icon = ''] = about.split(/\s+/)
  return {
    minutes: Number(minutes),
    kind: side === 'd' ? 'digital' : 'human',
    icon: ICONS[icon as IconName],
    title,
    doneWhen,
    automation: automation === '' ? null : (automation as Automation),
  }
}

/** Recipes by the kind of task. */
export const RECIPES: ReadonlyMap<string, Recipe> = new Map([WORDS, SCREEN, OFFICE, HOME, ANY].flatMap(readRecipes))
