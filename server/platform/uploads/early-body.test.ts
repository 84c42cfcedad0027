import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { EarlyBody } from './early-body.ts'

const MIB = 1024 * 1024
const PIECE = Buffer.alloc(64 * 1024, 7)

test('what has come is handed over, with whether that was all', async () => {
  const source = new PassThrough()
  using early = new EarlyBody(source, null)
  source.write('he')
  source.end('llo')
  await once(source, 'end')
  const { pieces, over } = early.handOver()
  expect(Buffer.concat(pieces).toString()).toBe('hello')
  expect(over).toBe(true)
})

test('a source gives no more than about 1 MiB before it is handed over, and the rest after', async () => {
  const source = new PassThrough({ highWaterMark: 4 * MIB })
  using early = new EarlyBody(source, null)
  const paused = once(source, 'pause')
  for (let piece = 0; piece < 40; piece += 1) source.write(PIECE)
  source.end()
  await paused
  const { pieces, over } = early.handOver()
  const heldBytes = Buffer.concat(pieces).length
  expect(over).toBe(false)
  expect(heldBytes).toBeGreaterThanOrEqual(MIB)
  expect(heldBytes).toBeLessThanOrEqual(MIB + PIECE.length)
  let restBytes = 0
  source.on('data', (piece: Buffer) => (restBytes += piece.length)).resume()
  await once(source, 'end')
  expect(heldBytes + restBytes).toBe(40 * PIECE.length)
})

test('what is forgotten is not kept, and a source that breaks afterwards brings nothing down', async () => {
  const source = new PassThrough()
  const early = new EarlyBody(source, null)
  source.write('hello')
  early[Symbol.dispose]()
  const closed = Promise.withResolvers<void>()
  source.once('close', closed.resolve).destroy(new Error('the connection broke'))
  await closed.promise
  expect(early.handOver()).toEqual({ pieces: [], over: false })
})
