import { expect, test } from 'vitest'
import { hashPassword, verifyPassword } from './password.ts'

const PASSWORD = ' Ångström  and 🦆, 64 characters and more: no end is cut off, no blank taken away. '

test('a hash is that of Argon2id with 19 MiB and two passes, salted anew each time', async () => {
  const hashes = [await hashPassword(PASSWORD), await hashPassword(PASSWORD)]
  for (const hash of hashes) expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  expect(new Set(hashes).size).toBe(2)
})

test.each([
  ['a letter in the other case', PASSWORD.replace('and', 'And')],
  ['no blank before it', PASSWORD.trimStart()],
  ['no blank behind it', PASSWORD.trimEnd()],
  ['one blank for two', PASSWORD.replaceAll(/ +/g, ' ')],
  ['another last letter', PASSWORD.replace('away', 'awaz')],
  ['other letters that look alike', PASSWORD.replace('g', 'ɡ')],
  ['nothing', ''],
])('with %s it is another password', async (_, other) => {
  const hash = await hashPassword(PASSWORD)
  expect(other).not.toBe(PASSWORD)
  expect([await verifyPassword(PASSWORD, hash), await verifyPassword(other, hash)]).toEqual([true, false])
})

test('the last of 128 characters counts', async () => {
  const hash = await hashPassword('x'.repeat(128))
  expect(await verifyPassword(`${'x'.repeat(127)}y`, hash)).toBe(false)
  expect(await verifyPassword('x'.repeat(127), hash)).toBe(false)
})
