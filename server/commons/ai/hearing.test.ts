import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { isProblem } from '#kernel/errors.ts'
import { givenStranger } from '#tests/support/attacks.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { type AiDouble, aiDouble } from '../../../tests/doubles/ai/double.ts'
import { costsOn } from '../metering/service.ts'
import { type AiGround, aiGround, connectAi } from './fixtures/connections.ts'
import { transcriptOf } from './hearing.ts'
import { AnswerRefused, NotConnected, ProviderFailed, type SoundAsk, transcribe } from './service.ts'

describe('what is told of a recording', () => {
  test('is text within bounds, and times in order within the recording', () => {
    const segments = [
      { start: 0, end: 1.5, text: ' One ' },
      { start: 1.2, end: 99, text: 'two' },
      { start: 'x', end: 2, text: 'no time' },
      { start: 2, end: 3, text: '  ' },
      { start: Number.NaN, end: Number.POSITIVE_INFINITY, text: 'late' },
      null,
    ]
    expect(transcriptOf({ text: ' One two ', language: 'English', segments }, 4000)).toEqual({
      text: 'One two',
      language: 'english',
      segments: [
        { startMs: 0, endMs: 1500, text: 'One' },
        { startMs: 1500, endMs: 4000, text: 'two' },
        { startMs: 4000, endMs: 4000, text: 'late' },
      ],
    })
  })

  test('without times is one part over all of it, and silence is none', () => {
    expect(transcriptOf({ text: 'One' }, 900)).toEqual({
      ...{ text: 'One', language: null, segments: [{ startMs: 0, endMs: 900, text: 'One' }] },
    })
    expect(transcriptOf({ text: ' ' }, 900)).toEqual({ text: '', language: null, segments: [] })
  })

  test.each([null, 'One', {}, { text: 1 }, { text: 'a\0b' }, { text: '\ud800' }, { text: 'x'.repeat(1_000_001) }])(
    'is nothing when it is %j',
    (answer) => {
      expect(transcriptOf(answer, 900)).toBe('off-schema')
    },
  )

  test('is no language that is none', () => {
    expect(transcriptOf({ text: 'x', language: '<b>en</b>' }, 900)).toMatchObject({ language: null })
  })
})

describe('a recording', () => {
  let db: TestDatabase
  let ground: AiGround
  let ai: AiDouble
  beforeAll(async () => {
    db = await testDatabase()
    ground = await aiGround(db)
    ai = await aiDouble()
  })
  afterAll(async () => {
    await ai[Symbol.asyncDispose]()
    await db[Symbol.asyncDispose]()
  })
  beforeEach(() => ai.reset())

  const HEARD = {
    text: 'Call the plumber.',
    language: 'english',
    segments: [{ start: 0, end: 1.8, text: 'Call the plumber.' }],
  }

  async function givenWorkspace() {
    const person = await givenStranger({ db })
    await db.sql(
      `insert into commons.prices (id, workspace_id, provider, model, unit, micros_per_million, valid_from)
       values ($1, $2, 'local', '*', 'audio-second', 100000000, '2026-01-01')`,
      [newId(), person.workspaceId],
    )
    const ctx = ground.ctxOf(person)
    return {
      ctx,
      connect: (transcription?: string, kind?: 'anthropic') =>
        connectAi(
          { db },
          {
            ...{ workspaceId: person.workspaceId, url: ai.url },
            ...(kind === undefined ? {} : { kind }),
            models: transcription === undefined ? {} : { transcription },
          },
        ),
      costs: async () => (await costsOn(ctx, ''))[0],
    }
  }

  const ask = (more: Partial<SoundAsk> = {}): SoundAsk => ({
    ...{ file: Buffer.from('a voice'), mime: 'audio/webm', durationMs: 2100, source: `test:${newId()}`, ...more },
  })
  const refusal = (asking: Promise<unknown>) => asking.catch((error: unknown) => error)

  test('is sent as it is, and paid for by its begun seconds', async () => {
    const given = await givenWorkspace()
    await given.connect('whisper-1')
    ai.answer({ transcript: HEARD })
    expect(await transcribe(given.ctx, ask({ language: 'en' }))).toEqual({
      ...{ text: HEARD.text, language: 'english', segments: [{ startMs: 0, endMs: 1800, text: HEARD.text }] },
      ...{ path: 'model', provider: 'local', model: 'whisper-1', costMicros: 300 },
    })
    expect(await given.costs()).toMatchObject({ spentMicros: 300, heldMicros: 0 })
    const [asked] = ai.asked
    const form = String(asked?.raw)
    expect(form).toContain('filename="recording.webm"\r\nContent-Type: audio/webm\r\n\r\na voice\r\n')
    expect(form).toMatch(/name="language"\r\n\r\nen\r\n/)
    expect(form).toMatch(/name="response_format"\r\n\r\nverbose_json\r\n/)
  })

  test('is heard by models that tell no times, too', async () => {
    const given = await givenWorkspace()
    await given.connect('gpt-4o-transcribe')
    ai.answer({ transcript: { text: HEARD.text } })
    const { segments } = await transcribe(given.ctx, ask())
    expect(segments).toEqual([{ startMs: 0, endMs: 2100, text: HEARD.text }])
    expect(String(ai.asked[0]?.raw)).toMatch(/name="response_format"\r\n\r\njson\r\n/)
  })

  test('is kept where nobody hears, which is told apart from those who fail', async () => {
    const given = await givenWorkspace()
    await given.connect()
    await given.connect('whisper-1', 'anthropic')
    expect(await refusal(transcribe(given.ctx, ask()))).toSatisfy((error) => isProblem(error, NotConnected))
    expect(ai.asked).toEqual([])
    await given.connect('whisper-1')
    ai.answer({ status: 500 })
    expect(await refusal(transcribe(given.ctx, ask()))).toSatisfy((error) => isProblem(error, ProviderFailed))
    expect(ai.asked).toHaveLength(3)
    ai.reset()
    ai.answer({ behaviour: 'empty' })
    expect(await refusal(transcribe(given.ctx, ask()))).toSatisfy((error) => isProblem(error, AnswerRefused))
  })

  test('goes to the next one where the first fails', async () => {
    const given = await givenWorkspace()
    await given.connect('busy')
    await given.connect('whisper-1')
    ai.answerBy(({ model }) => (model === 'busy' ? { status: 404 } : { transcript: HEARD }))
    expect(await transcribe(given.ctx, ask())).toMatchObject({ model: 'whisper-1', text: HEARD.text })
  })
})
