import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newId, newSecret } from '#kernel/ids.ts'
import { SealBroken, type SealedPlace, keyIdOf, seal, unseal, wrappingKeyOf } from './sealing.ts'

const key = wrappingKeyOf(Buffer.alloc(32, 1))
const place: SealedPlace = { table: 'commons.grants', column: 'token', rowId: newId(), workspaceId: newId() }

test('what was sealed is opened again, whatever it is, and never looks the same twice', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
      const sealed = seal(key, place, Buffer.from(bytes))
      return unseal(key, place, sealed).equals(bytes) && seal(key, place, Buffer.from(bytes)) !== sealed
    }),
  )
  expect(unseal(key, place, seal(key, place, Buffer.alloc(0)))).toHaveLength(0)
})

test('a value with any character changed is not opened', () => {
  const sealed = seal(key, place, Buffer.from('a secret of some length'))
  const letters = 'ABCXYZabcxyz0189-_.=v'
  for (let at = 0; at < sealed.length; at += 1) {
    for (const letter of letters) {
      if (letter === sealed[at]) continue
      const changed = sealed.slice(0, at) + letter + sealed.slice(at + 1)
      expect(() => unseal(key, place, changed), changed).toThrow(SealBroken)
    }
  }
})

test('a value with any bit of its bytes flipped, cut short or made longer is not opened', () => {
  const parts = seal(key, place, Buffer.from('a secret')).split('.')
  for (const index of [2, 3, 4]) {
    const bytes = Buffer.from(parts[index] ?? '', 'base64url')
    const rejoined = (part: Buffer): string => parts.toSpliced(index, 1, part.toString('base64url')).join('.')
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(() => unseal(key, place, rejoined(flipped))).toThrow(SealBroken)
    }
    expect(() => unseal(key, place, rejoined(bytes.subarray(1)))).toThrow(SealBroken)
    expect(() => unseal(key, place, rejoined(Buffer.concat([bytes, bytes])))).toThrow(SealBroken)
  }
})

test('a value has one spelling: bits that nobody reads, padding and space are refused', () => {
  const sealed = seal(key, place, Buffer.from('x'))
  // the tag of 16 bytes takes 22 characters, and the last one of them carries four bits that decode to nothing
  const last = sealed.at(-1) ?? ''
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const twins = alphabet.split('').filter((letter) => alphabet.indexOf(letter) >> 4 === alphabet.indexOf(last) >> 4)
  expect(twins).toHaveLength(16)
  for (const twin of twins.filter((letter) => letter !== last)) {
    expect(() => unseal(key, place, sealed.slice(0, -1) + twin)).toThrow(SealBroken)
  }
  for (const other of [
    `${sealed}==`,
    `${sealed}\n`,
    ` ${sealed}`,
    sealed.replace('v1.', 'V1.'),
    '',
    'v1....',
    '....',
  ]) {
    expect(() => unseal(key, place, other)).toThrow(SealBroken)
  }
})

test('a value is opened nowhere but in its own table, column, row and workspace', () => {
  const sealed = seal(key, place, Buffer.from('mine'))
  for (const elsewhere of [
    { table: 'commons.webhooks' },
    { column: 'secret' },
    { rowId: newId() },
    { workspaceId: newId() },
    { workspaceId: null },
  ]) {
    expect(() => unseal(key, { ...place, ...elsewhere }, sealed)).toThrow(SealBroken)
  }
  // what stands between the parts of a place cannot stand within one
  expect(() => seal(key, { ...place, rowId: 'a|b' }, Buffer.from('x'))).toThrow('not told apart')
})

test('a value is opened by the key that it names alone', () => {
  const other = wrappingKeyOf(Buffer.alloc(32, 2))
  const sealed = seal(key, place, Buffer.from('mine'))
  expect(keyIdOf(sealed)).toBe(key.id)
  expect(() => unseal(other, place, sealed)).toThrow(SealBroken)
  expect(() => unseal({ ...other, id: key.id }, place, sealed)).toThrow(SealBroken)
  expect(() => unseal(other, place, sealed.replace(key.id, other.id))).toThrow(SealBroken)
})

const FROZEN = 'v1.lINY5oqL86TGXG5o.5ErKUo8-TCKPyLUA.oWBOQdDI.xuFMkRxUfBz6ZghMhXh78Q'

test('the id of a wrapping key tells its master keys apart and nothing more', () => {
  const ids = Array.from({ length: 20 }, () => wrappingKeyOf(Buffer.from(newSecret(32), 'base64url')).id)
  expect(new Set(ids).size).toBe(20)
  // frozen: a change would leave every stored secret closed
  expect(key.id).toBe('lINY5oqL86TGXG5o')
  expect(unseal(key, { ...place, rowId: 'r', workspaceId: null }, FROZEN).toString()).toBe('frozen')
})
