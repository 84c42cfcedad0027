import { expect, test } from 'vitest'
import { filesBelow, placeOf } from '#tests/support/architecture/house.ts'

/** The names of the actions that the product declares, file by file. */
function declaredNames(): string[] {
  return Object.entries(filesBelow('server'))
    .filter(([path, text]) => placeOf(path).purpose === 'product' && /\bdefineAudited\(/.test(text))
    .flatMap(([, text]) => [...text.matchAll(/\bdefineAudited\(\{[^]*?name: '([^']+)'/g)].map(([, name]) => name ?? ''))
}

test('an action of the audit log is declared once in the house', () => {
  const names = declaredNames()
  expect(names).toEqual(expect.arrayContaining(['audit-log.exported', 'installation.master-key-rotated']))
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
})
