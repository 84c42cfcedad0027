import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { StartFailure } from '#platform/config/start-failure.ts'
import { wishOf } from './demo-wish.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'airdate-test-wish-'))
  mkdirSync(join(folder, 'a-folder'))
  writeFileSync(join(folder, 'good.txt'), '\ufeffOnce upon a time.\n\nAnd then.')
  writeFileSync(join(folder, 'empty.txt'), '')
  writeFileSync(join(folder, 'blank.txt'), ' \n\u200b\n')
  writeFileSync(join(folder, 'latin1.txt'), Buffer.from([0x63, 0x61, 0x66, 0xe9]))
  writeFileSync(join(folder, 'nul.txt'), 'a\0b')
  writeFileSync(join(folder, 'long.txt'), 'x'.repeat(20_001))
  writeFileSync(join(folder, 'longest.txt'), '🌍'.repeat(20_000))
  writeFileSync(join(folder, 'huge.txt'), Buffer.alloc(1024 * 1024, 'x'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('an idea is taken as it is, and there is one when none is given', async () => {
  expect(await wishOf('  Why? <b> ', undefined, folder)).toEqual({ idea: '  Why? <b> ', script: null })
  expect((await wishOf(undefined, undefined, folder)).idea).toMatch(/\?$/)
})

test('a script is narrated, under the idea when there is one', async () => {
  const script = 'Once upon a time.\n\nAnd then.'
  expect(await wishOf('A tale', 'good.txt', folder)).toEqual({ idea: 'A tale', script })
  expect(await wishOf(undefined, join(folder, 'good.txt'), '/')).toEqual({ idea: script, script })
  expect((await wishOf(undefined, 'longest.txt', folder)).script?.length).toBe(40_000)
})

test.each([
  ['missing.txt', 'there is no file'],
  ['a-folder', 'there is no file'],
  ['empty.txt', 'is empty'],
  ['blank.txt', 'is empty'],
  ['latin1.txt', 'is not UTF-8'],
  ['nul.txt', 'NUL'],
  ['long.txt', 'longer than 20,000 characters'],
  ['huge.txt', 'longer than 20,000 characters'],
])('%s is refused in one line', async (name, says) => {
  const failure = await wishOf(undefined, name, folder).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(StartFailure)
  const { message } = failure as StartFailure
  expect(message).toContain(says)
  expect(message).toContain(name)
  expect(message).not.toContain('\n')
})

test('an idea of blanks, or without end, is refused', async () => {
  await expect(wishOf(' \n', undefined, folder)).rejects.toThrow('the idea is empty')
  await expect(wishOf('x'.repeat(20_001), undefined, folder)).rejects.toThrow('longer than')
})
