/** What a chatbot is asked about. */
export type PromptSubject =
  | { readonly kind: 'task'; readonly title: string; readonly notes: string }
  /** Something that is filmed and talked about, such as a room; `about` says in a few words what. */
  | { readonly kind: 'film'; readonly about: string }

const FORM = `Answer with a numbered list and nothing else. Write every step like this:

1. **Title** (begins with a verb, at most 8 words)
   What to do: one or two sentences about what you saw or what I said
   Time estimate: N minutes
   Priority: high, medium or low`

const RULES = `- 3 to 10 steps, in the order in which I should do them.
- Each step is one action of 2 to 15 minutes that I can start at once.
- Name the things as I do. Do not invent any.
- No blame and no pep talk.`

/**
 * The text to paste into a chatbot, for a task or for something that one films with it. The person's words stand last,
 * between lines that say so.
 */
export function promptFor(subject: PromptSubject): string {
  if (subject.kind === 'film') {
    const about = subject.about.trim() === '' ? 'a place that needs doing' : oneLine(subject.about)
    return `I am going to film ${about} and talk about it. Watch and listen until I say "that is all". Ask me nothing while I film.\n\nThen make a plan of small steps out of what you saw and heard.\n${RULES}\n\n${FORM}`
  }
  const notes = subject.notes.trim()
  const said =
    notes === '' || notes === subject.title.trim() ? subject.title.trim() : `${subject.title.trim()}\n${notes}`
  return `Break one of my tasks into small steps that I can start even when it is hard to begin.\n${RULES}\n\n${FORM}\n\nMy task, between the lines:\n---\n${said}\n---`
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
