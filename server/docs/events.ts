import type { AnyEventType } from '#platform/events/event.ts'

/**
 * JSON Schema (2020-12) of every event, as realtime rooms and webhooks carry it: one definition for each type and
 * version, named `type@version`.
 */
export function describeEvents(events: readonly AnyEventType[]): Record<string, unknown> {
  const named = events
    .map((event) => [`${event.type}@${event.version}`, envelopeOf(event)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Events of Airdate',
    anyOf: named.map(([name]) => ({ $ref: `#/$defs/${name}` })),
    $defs: Object.fromEntries(named),
  }
}

function envelopeOf({ type, version, schema }: AnyEventType): Record<string, unknown> {
  return {
    type: 'object',
    required: ['id', 'type', 'at', 'workspaceId', 'subject', 'data'],
    'x-version': version,
    properties: {
      id: { type: 'string', format: 'uuid', description: 'UUIDv7: later events sort after earlier ones.' },
      type: { const: type },
      at: { type: 'string', format: 'date-time' },
      workspaceId: { anyOf: [{ type: 'string', format: 'uuid' }, { type: 'null' }] },
      subject: { type: 'string', description: 'What it is about, such as `video:<id>`.' },
      data: schema,
    },
  }
}
