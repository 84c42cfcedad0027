import type { WorkflowStep, WorkflowWords } from './schema.ts'

/** A workflow that comes with the server. */
export interface BuiltIn extends WorkflowWords {
  readonly id: string
}

/** When they came. */
export const BUILT_AT = '2026-11-21T00:00:00.000Z'

const builtInId = (number: number): string =>
  `019aa000-0000-7000-8000-${(0x100 + number).toString(16).padStart(12, '0')}`
const step = (icon: string, minutes: number, kind: WorkflowStep['kind'], label: string): WorkflowStep => ({
  ...{ label, minutes, kind, icon },
})

/** Those that everybody has, the newest first. */
export const BUILT_IN: readonly BuiltIn[] = [
  {
    ...{ id: builtInId(4), name: 'Batch film day' },
    description: 'Several videos in one day of filming, set up once.',
    systemPrompt:
      'They film several videos in one day. Group what shares a place, a light or clothes. Leave pauses where the voice needs them. Never plan more than the energy allows.',
    template:
      'Plan one day of filming for {task}. Notes: {notes}. Energy: {energy}. It is {timeOfDay}. Other work at hand: {recent}.',
    steps: [
      step('📋', 10, 'digital', 'List the videos to film for {about}'),
      step('🗺️', 5, 'human', 'Group the shots of {about} by place and light'),
      step('🎒', 10, 'human', 'Pack camera, cards and clothes for {about}'),
      step('🔋', 3, 'human', 'Charge every battery for {about}'),
      step('💡', 15, 'human', 'Set up light and sound for {about} once'),
      step('🎥', 45, 'human', 'Film the hardest video of {about} first'),
      step('🎥', 60, 'human', 'Film the other videos of {about} without changing the set'),
      step('💾', 10, 'digital', 'Copy the cards of {about} to two places'),
    ],
  },
  {
    ...{ id: builtInId(3), name: 'Unstick a task' },
    description: 'For what has been put off: the smallest piece that can be done now.',
    systemPrompt:
      'They have put this off. Be kind, blame nobody. Make each step so small that it can be begun tired, and name what they see when it is done.',
    template:
      'They are stuck with {task}. Notes: {notes}. Energy: {energy}. It is {timeOfDay}. They have {minutes} minutes.',
    steps: [
      step('❓', 2, 'human', 'Write down in one sentence what is in the way of {about}'),
      step('✂️', 3, 'human', 'Cut {about} down to a piece of ten minutes'),
      step('📂', 2, 'human', 'Lay out what that piece of {about} needs'),
      step('⏱️', 5, 'human', 'Work on {about} until a timer of five minutes rings'),
      step('🚩', 2, 'human', 'Note where to go on with {about}'),
    ],
  },
  {
    ...{ id: builtInId(2), name: 'Weekly review' },
    description: 'Half an hour that ends with one thing for next week.',
    systemPrompt:
      'They look back on their week. Name what got done before what did not. Ask for one decision at a time.',
    template: 'A review of the week. The newest tasks: {recent}. Energy: {energy}. It is {timeOfDay}.',
    steps: [
      step('🎉', 3, 'human', 'Write down three things that got done'),
      step('📥', 10, 'digital', 'Empty the inbox: do, hand over, plan or drop each thought'),
      step('📅', 5, 'digital', 'Look at what is due within two weeks'),
      step('📈', 5, 'digital', 'Note one thing that the figures of the newest video say'),
      step('✂️', 3, 'human', 'Drop one task that nobody will miss'),
      step('🎯', 4, 'human', 'Choose the one thing that matters next week'),
    ],
  },
  {
    ...{ id: builtInId(1), name: 'Plan a video' },
    description: 'From an idea to a plan that can be filmed.',
    systemPrompt:
      'They plan a video. Keep the viewer in mind: what they know at the end, and why they stay. Prefer what can be filmed with what is there.',
    template:
      'Plan a video: {task}. It is about {topic}. Notes: {notes}. Energy: {energy}. It is {timeOfDay}, and they have {minutes} minutes.',
    steps: [
      step('💡', 3, 'human', 'Write in one sentence what a viewer of {about} knows at the end'),
      step('🪝', 5, 'human', 'Write three first sentences for {about}'),
      step('📝', 10, 'human', 'Outline {about} in five beats, the last one first'),
      step('🎞️', 10, 'human', 'List the shots that each beat of {about} needs'),
      step('🖼️', 5, 'human', 'Sketch the thumbnail of {about} at the size of a stamp'),
      step('📅', 3, 'digital', 'Set the day on which {about} is filmed'),
    ],
  },
]

/** The one with this id; undefined for others. */
export const builtInWith = (id: string): BuiltIn | undefined => BUILT_IN.find((one) => one.id === id)
