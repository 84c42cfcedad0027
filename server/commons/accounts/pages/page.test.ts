import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type AccountPage, accountPage } from './page.ts'

const PAGES = [
  'account',
  'verify-email',
  'reset-password',
  'forgot-password',
  'register',
] as const satisfies AccountPage[]
const CLIENT = join(import.meta.dirname, 'client')

const inputsOf = (page: AccountPage): string[] =>
  accountPage(page, { style: '', script: '' }).match(/<input[^>]*>/g) ?? []
const client = readdirSync(CLIENT)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(CLIENT, name), 'utf8'))
  .join('\n')

test('whatever takes a password hides it, and tells password managers whether it is an old or a new one', () => {
  const passwords = PAGES.flatMap(inputsOf).filter((input) => /name="\w*[pP]assword"/.test(input))
  expect(passwords.length).toBeGreaterThan(4)
  for (const input of passwords) {
    expect(input).toContain('type="password"')
    expect(input).toMatch(/autocomplete="(?:current|new)-password"/)
  }
  expect(inputsOf('account').join('')).toContain('autocomplete="one-time-code"')
})

test('nothing hinders pasting, asks for a composition of characters, or cuts what is typed', () => {
  const pages = PAGES.map((page) => accountPage(page, { style: '', script: '' })).join('\n')
  expect(pages).not.toMatch(/\son\w+=|pattern=/)
  expect(client).not.toMatch(/'(?:paste|copy|cut|drop|beforeinput|keydown|keypress)'|onpaste/)
  for (const input of PAGES.flatMap(inputsOf).filter((one) => one.includes('type="password"')))
    expect(input).toContain('maxlength="128"')
})

test('the client keeps nothing in the browser, runs no text, and takes none for markup', () => {
  expect(client.length).toBeGreaterThan(10_000)
  expect(client).not.toMatch(/localStorage|sessionStorage|indexedDB|document\.cookie|caches\./)
  expect(client).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|postMessage/)
})
