import { expect, test } from 'vitest'
import { parseAnswer } from './answer.ts'
import { promptFor } from './prompt.ts'

test('a prompt holds the words of the task and the form of the answer', () => {
  const text = promptFor({ kind: 'task', title: 'Tidy the studio', notes: 'Cables first.\nThen the desk.' })
  expect(text).toContain('---\nTidy the studio\nCables first.\nThen the desk.\n---')
  expect(text).toContain('Time estimate')
})

test('a prompt for a film says what is filmed, in one line', () => {
  expect(promptFor({ kind: 'film', about: ' my \n kitchen ' })).toMatch(
    /^I am going to film my kitchen and talk about it\./,
  )
  expect(promptFor({ kind: 'film', about: ' ' })).toContain('a place that needs doing')
})

test('the form that a prompt asks for is one that is read', () => {
  const form = promptFor({ kind: 'film', about: 'it' }).split('\n\n').slice(-1)[0] ?? ''
  const [step] = parseAnswer(form.replace('N minutes', '5 minutes')).steps
  expect(step).toMatchObject({ title: 'Title', minutes: 5, priority: 3 })
})
