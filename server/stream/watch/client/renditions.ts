/** One quality that can be chosen, in the words of media-chrome's quality menu. `bitrate` is in bits per second. */
export interface RenditionChoice {
  readonly id: string
  readonly width: number
  readonly height: number
  readonly bitrate: number
}

/**
 * The list that media-chrome's quality menu reads from `video.videoRenditions` (the interface of the media-tracks
 * proposal): iterable, indexed, `selectedIndex` −1 for automatic. It must stand on the video before the controller does.
 */
export class RenditionList extends EventTarget {
  readonly [index: number]: RenditionChoice
  readonly #choose: (index: number) => void
  #choices: readonly RenditionChoice[] = []
  #selected = -1

  /** `choose` is told the index that a person has picked, −1 for automatic. */
  constructor(choose: (index: number) => void) {
    super()
    this.#choose = choose
  }

  get length(): number {
    return this.#choices.length
  }

  get selectedIndex(): number {
    return this.#selected
  }

  set selectedIndex(index: number) {
    if (index === this.#selected) return
    this.#selected = index
    this.#choose(index)
    this.dispatchEvent(new Event('change'))
  }

  /** Replaces what can be chosen, in the order of the engine's levels, and goes back to automatic. */
  replace(choices: readonly RenditionChoice[]): void {
    for (const index of this.#choices.keys()) Reflect.deleteProperty(this, index)
    this.#choices = choices
    this.#selected = -1
    for (const [index, choice] of choices.entries())
      Object.defineProperty(this, index, { value: choice, configurable: true })
    this.dispatchEvent(new Event('addrendition'))
  }

  [Symbol.iterator](): Iterator<RenditionChoice> {
    return this.#choices[Symbol.iterator]()
  }
}
