import { expect, test } from 'vitest'
import { qrCodeOf } from './qr-code.ts'

const URI = 'otpauth://totp/Airdate:ada%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Airdate'

/** Which modules a path fills, row by row: `#` is dark. */
function drawn({ size, path }: { size: number; path: string }): string[] {
  const rows = Array.from({ length: size }, () => Array.from({ length: size }, () => '.'))
  for (const [, x = '', y = '', width = ''] of path.matchAll(/M(\d+) (\d+)h(\d+)v1H\1z/g))
    rows[Number(y)]?.fill('#', Number(x), Number(x) + Number(width))
  return rows.map((row) => row.join(''))
}

test('a code has its three corners, its clocks, and four light modules around it', () => {
  const code = qrCodeOf(URI)
  const rows = drawn(code)
  const inner = rows.slice(4, -4).map((row) => row.slice(4, -4))
  // ISO/IEC 18004 section 5.3: 17 modules and four for each version.
  expect((inner.length - 17) % 4).toBe(0)
  expect(rows.filter((_, y) => y < 4 || y >= rows.length - 4)).toEqual(
    Array.from({ length: 8 }, () => '.'.repeat(code.size)),
  )
  expect(rows.every((row) => row.startsWith('....') && row.endsWith('....'))).toBe(true)
  const corner = ['#######', '#.....#', '#.###.#', '#.###.#', '#.###.#', '#.....#', '#######']
  expect(inner.slice(0, 7).map((row) => row.slice(0, 7))).toEqual(corner)
  expect(inner.slice(0, 7).map((row) => row.slice(-7))).toEqual(corner)
  expect(inner.slice(-7).map((row) => row.slice(0, 7))).toEqual(corner)
  expect(inner[6]?.slice(8, -8)).toMatch(/^(?:#\.)*#$/)
})

test('the path says all of the code and nothing else, and another text gives another', () => {
  const code = qrCodeOf(URI)
  expect(code.path).toMatch(/^(?:M\d+ \d+h\d+v1H\d+z)+$/)
  expect(drawn(code)).not.toEqual(drawn(qrCodeOf(URI.replace('JBSW', 'JBSX'))))
})
