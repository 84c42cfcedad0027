import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CHECKOUT } from '#platform/config/env.ts'
import { generatedFiles } from './generate.ts'

test('what is generated is what is committed; `./airdate generate` puts it right', async () => {
  for (const { path, text } of await generatedFiles())
    expect(readFileSync(join(CHECKOUT, path), 'utf8'), path).toBe(text)
})
