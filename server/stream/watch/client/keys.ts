/** What a key asks of the player. Seconds are relative; a share is 0 to 1 of the whole. */
export type Action =
  | { readonly kind: 'toggle' | 'mute' | 'fullscreen' | 'captions' | 'pip' | 'help' }
  | { readonly kind: 'seek'; readonly seconds: number }
  | { readonly kind: 'jump'; readonly share: number }
  | { readonly kind: 'step'; readonly frames: 1 | -1 }
  | { readonly kind: 'volume'; readonly change: number }
  | { readonly kind: 'speed'; readonly change: number }

/** The keys that people know from elsewhere. Null for every other key. `key` is `KeyboardEvent.key`. */
export function actionOf(key: string): Action | null {
  if (/^[0-9]$/.test(key)) return { kind: 'jump', share: Number(key) / 10 }
  return ACTIONS.get(key.length === 1 ? key.toLowerCase() : key) ?? null
}

const ACTIONS: ReadonlyMap<string, Action> = new Map(
  Object.entries<Action>({
    ' ': { kind: 'toggle' },
    k: { kind: 'toggle' },
    j: { kind: 'seek', seconds: -10 },
    l: { kind: 'seek', seconds: 10 },
    ArrowLeft: { kind: 'seek', seconds: -5 },
    ArrowRight: { kind: 'seek', seconds: 5 },
    ArrowUp: { kind: 'volume', change: 0.05 },
    ArrowDown: { kind: 'volume', change: -0.05 },
    Home: { kind: 'jump', share: 0 },
    End: { kind: 'jump', share: 1 },
    ',': { kind: 'step', frames: -1 },
    '.': { kind: 'step', frames: 1 },
    '<': { kind: 'speed', change: -0.25 },
    '>': { kind: 'speed', change: 0.25 },
    m: { kind: 'mute' },
    f: { kind: 'fullscreen' },
    c: { kind: 'captions' },
    p: { kind: 'pip' },
    '?': { kind: 'help' },
  }),
)

/** The help overlay's rows: keys, and what they do. */
export const HELP: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['Space', 'K'], 'Play or pause'],
  [['J', 'L'], 'Back or forward 10 seconds'],
  [['←', '→'], 'Back or forward 5 seconds'],
  [['↑', '↓'], 'Louder or quieter'],
  [['0', '–', '9'], 'Jump to that tenth'],
  [[',', '.'], 'One frame back or forward'],
  [['<', '>'], 'Slower or faster'],
  [['M'], 'Sound off or on'],
  [['F'], 'Full screen'],
  [['P'], 'Picture in picture'],
  [['C'], 'Captions'],
  [['?'], 'This help'],
]
