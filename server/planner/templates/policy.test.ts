import { expect, test } from 'vitest'
import type { UserActor } from '#platform/context.ts'
import { canChange, canSee } from './policy.ts'

const actor = (userId: string, workspaceId: string, ...permissions: string[]): UserActor => ({
  ...{ kind: 'user', userId, workspaceId, permissions: new Set(permissions) },
})
const maker = actor('maker', 'here', 'task:write')
const fellow = actor('fellow', 'here', 'task:write')
const admin = actor('admin', 'here', 'task:write', 'member:manage')
const elsewhere = actor('maker', 'elsewhere', 'member:manage')
const template = (visibility: 'private' | 'public') => ({ workspaceId: 'here', createdBy: 'maker', visibility })

test.each([
  // who, of a private one: sees, changes; of a public one: sees, changes
  ['its maker', maker, [true, true], [true, true]],
  ['a fellow', fellow, [false, false], [true, false]],
  ['who manages members', admin, [false, false], [true, true]],
  ['its maker in another workspace', elsewhere, [false, false], [false, false]],
])('%s', (_, who, ofPrivate, ofPublic) => {
  expect([canSee(who, template('private')), canChange(who, template('private'))]).toEqual(ofPrivate)
  expect([canSee(who, template('public')), canChange(who, template('public'))]).toEqual(ofPublic)
})

test('nobody and the system are shown none', () => {
  expect(canSee({ kind: 'anonymous' }, template('public'))).toBe(false)
  expect(canChange({ kind: 'system', name: 'x', workspaceId: 'here' }, template('public'))).toBe(false)
})
