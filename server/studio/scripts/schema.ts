/** What a line is in the film: whose words it holds, and so how its scene is set. */
export type LineRole = 'opening' | 'words' | 'ask' | 'invitation'

/** What is spoken in one breath. */
export interface ScriptLine {
  readonly role: LineRole
  /** As it is shown: what stands in the captions. */
  readonly text: string
  /** As it is read to the voice; empty when there is nothing that could be said. */
  readonly spoken: string
  /** Lines of one paragraph belong together. */
  readonly paragraph: number
  /** It goes on in the middle of a sentence, without a rest. */
  readonly continues: boolean
}

/** A film in words. */
export interface Script {
  readonly title: string
  /** BCP 47; `und` when nobody can tell. */
  readonly language: string
  readonly direction: 'ltr' | 'rtl'
  /** A word or two above the title, null without a frame. */
  readonly eyebrow: string | null
  /** What stays on the screen at the end, null without a frame. */
  readonly farewell: string | null
  readonly lines: readonly ScriptLine[]
}

/** What a writer is given: cleaned text of which exactly one is there. */
export interface ScriptRequest {
  readonly title: string | null
  readonly idea: string | null
  readonly script: string | null
}
