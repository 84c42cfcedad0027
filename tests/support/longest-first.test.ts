import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CHECKOUT } from '#platform/config/env.ts'
import { LONGEST } from './longest-first.ts'

test('the files that take longest are there', () => {
  expect(LONGEST.filter((path) => !existsSync(join(CHECKOUT, path)))).toEqual([])
})
