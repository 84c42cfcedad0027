import { expect, test } from 'vitest'
import { isTimeZone } from './time-zone.ts'

test.each(['Europe/Lisbon', 'America/Argentina/Buenos_Aires', 'UTC', 'Etc/GMT+5', 'Asia/Kolkata'])(
  '%s is a time zone',
  (name) => {
    expect(isTimeZone(name)).toBe(true)
    expect(isTimeZone(name)).toBe(true)
  },
)

test.each(['', '+02:00', 'Mars/Olympus', 'Europe/Lisbon ', '../etc/passwd', 'x'.repeat(10_000)])(
  '%j is none',
  (name) => {
    expect(isTimeZone(name)).toBe(false)
  },
)
