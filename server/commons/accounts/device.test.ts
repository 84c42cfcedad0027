import { expect, test } from 'vitest'
import { isKnown } from './device.ts'

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const HOME = { address: '192.0.2.7', userAgent: FIREFOX }

test.for([
  ['the same again', HOME, true],
  ['another address of the network', { ...HOME, address: '192.0.2.250' }, true],
  ['a newer browser', { ...HOME, userAgent: FIREFOX.replaceAll('140.0', '141.0.2') }, true],
  ['another network', { ...HOME, address: '192.0.3.7' }, false],
  ['another browser', { ...HOME, userAgent: 'curl/8.11.0' }, false],
  [
    'another system',
    { ...HOME, userAgent: FIREFOX.replace('Windows NT 10.0; Win64; x64', 'X11; Linux x86_64') },
    false,
  ],
  ['a program that says nothing of itself', { ...HOME, userAgent: null }, false],
  ['nowhere known', { ...HOME, address: null }, false],
] as const)('who came once and comes from %s is told apart or not', ([, now, known]) => {
  expect(isKnown([{ address: '2001:db8::1', userAgent: 'curl/8.11.0' }, HOME], now)).toBe(known)
})

test('addresses of one site are one network, and those of another are not', () => {
  const from = (address: string) => ({ address, userAgent: null })
  expect(isKnown([from('2001:db8:1:2::1')], from('2001:db8:1:ffff::9'))).toBe(true)
  expect(isKnown([from('2001:db8:1:2::1')], from('2001:db8:2:2::1'))).toBe(false)
})

test('device and network are known together: each by itself was seen with another', () => {
  const before = [HOME, { address: '198.51.100.1', userAgent: 'curl/8.11.0' }]
  expect(isKnown(before, { address: '198.51.100.1', userAgent: FIREFOX })).toBe(false)
})

test('the first who comes is no surprise', () => {
  expect(isKnown([], HOME)).toBe(true)
})
