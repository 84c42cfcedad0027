import type { Step, TemplateWords } from './schema.ts'

/** A template that comes with the server; everybody has it. Its id sorts before that of any template somebody makes. */
export interface Seed extends TemplateWords {
  readonly id: string
}

const seed = (number: number): string => `019aa000-0000-7000-8000-${String(number).padStart(12, '0')}`

const step = (kind: Step['kind'], icon: string, minutes: number, offsetDays: number, label: string): Step => ({
  ...{ label, minutes, kind, icon, offsetDays },
})

/** When these last changed their words: what tags and lists tell of them. */
export const SEEDED_AT = '2026-11-21T00:00:00.000Z'

/** For who lives from video, one of each category; newest first, as lists are. */
export const SEEDS: readonly Seed[] = [
  {
    ...{ id: seed(5), name: 'Film a short video', category: 'creative', icon: '🎬', dueOffsetDays: 1 },
    description: 'One idea, one place, one minute of film. Steps are small enough to begin tired.',
    steps: [
      step('human', '💡', 3, 0, 'Write in one sentence what a viewer knows at the end'),
      step('human', '🪝', 5, 0, 'Write three first sentences and mark the one that you would stay for'),
      step('human', '📝', 8, 0, 'List the five shots that the sentence needs, the last one first'),
      step('human', '🔋', 3, 0, 'Charge the camera and free ten minutes on its card'),
      step('human', '💡', 5, 1, 'Put a light in front of you and silence the room'),
      step('human', '🎥', 10, 1, 'Film every shot twice, the first sentence three times'),
      step('digital', '📤', 5, 1, 'Copy the card to the project and note the best take of each shot'),
    ],
  },
  {
    ...{ id: seed(4), name: 'Publish a video', category: 'work', icon: '🚀', dueOffsetDays: 2 },
    description:
      'From the finished cut to the first answers. What has to be looked at is looked at before it is public.',
    steps: [
      step('human', '👀', 10, 0, 'Watch the cut once on a phone, with sound, without stopping'),
      step('digital', '🔤', 10, 0, 'Read the captions and correct names and numbers'),
      step('human', '🏷️', 5, 0, 'Write three titles and keep the one that says what happens'),
      step('human', '🖼️', 10, 0, 'Choose the frame for the thumbnail and make it readable at the size of a stamp'),
      step('digital', '📑', 8, 0, 'Write the description: two sentences, chapters, sources, credits'),
      step('digital', '📅', 3, 1, 'Set the day and hour of publication'),
      step('human', '💬', 10, 2, 'Answer the first comments and note what was asked twice'),
    ],
  },
  {
    ...{ id: seed(3), name: 'Research a topic', category: 'academic', icon: '🔎', dueOffsetDays: 3 },
    description: 'From a question to an outline that can be defended, every claim with its source.',
    steps: [
      step('human', '❓', 5, 0, 'Write the question, and what would change your mind'),
      step('digital', '📚', 10, 0, 'Find three sources that are not about each other'),
      step('human', '📖', 10, 1, 'Read the first source and write down its three claims with page or minute'),
      step('human', '📖', 10, 1, 'Read the other two against those claims'),
      step('digital', '✅', 8, 2, 'Mark each claim: two sources, one source, none'),
      step('human', '🧭', 10, 3, 'Write an outline of five lines out of what has two sources'),
    ],
  },
  {
    ...{ id: seed(2), name: 'Weekly look back', category: 'personal', icon: '🗓️', dueOffsetDays: 0 },
    description: 'Half an hour once a week, so that the next one begins with one thing.',
    steps: [
      step('human', '🎉', 3, 0, 'Write down three things that got done'),
      step('digital', '📥', 8, 0, 'Empty the inbox: do, hand over, plan or drop each thought'),
      step('digital', '📈', 5, 0, 'Look at the figures of the newest video and write one sentence about them'),
      step('human', '✂️', 5, 0, 'Drop one task that nobody will miss'),
      step('human', '🎯', 5, 0, 'Choose the one thing that matters next week and its first step'),
    ],
  },
  {
    ...{ id: seed(1), name: 'Warm up before recording', category: 'health', icon: '🫁', dueOffsetDays: 0 },
    description: 'Voice, back and eyes, before an hour in front of microphone and screen.',
    steps: [
      step('human', '💧', 1, 0, 'Drink a glass of water'),
      step('human', '🚶', 5, 0, 'Walk through the flat or around the block'),
      step('human', '🧘', 3, 0, 'Roll shoulders and neck slowly, five times each way'),
      step('human', '🗣️', 5, 0, 'Hum, then read half a page aloud, exaggerating every consonant'),
      step('human', '👁️', 2, 0, 'Look out of the window at what is far away'),
    ],
  },
]

/** The one with this id; undefined for others. */
export const seedWith = (id: string): Seed | undefined => SEEDS.find((one) => one.id === id)
