import { join } from 'node:path'
import { envExample, withConfigurationTable } from '#platform/config/document.ts'
import { CHECKOUT } from '#platform/config/env.ts'
import { readTextIfThere, writeDurably } from '#platform/config/files.ts'
import { ExitCode } from '#platform/config/start-failure.ts'
import type { RouteDefinition } from '#platform/http/route.ts'
import { createMetrics } from '#platform/observability/metrics.ts'
import { Uploads } from '#platform/uploads/uploads.ts'
import { apiRoutes } from '../app.ts'
import { describeApi } from '../docs/document.ts'
import { describeEvents } from '../docs/events.ts'
import { peopleRoutes } from '../people.ts'
import { events, openWings } from '../wiring.ts'
import { print } from './output.ts'

const FILE_MAX_BYTES = 16 * 1024 * 1024

/** What is made from definitions in the code: path inside the checkout and text. Tests compare it with what is committed. */
export async function generatedFiles(): Promise<{ readonly path: string; readonly text: string }[]> {
  const readme = readTextIfThere(join(CHECKOUT, 'README.md'), FILE_MAX_BYTES) ?? ''
  return [
    { path: 'README.md', text: withConfigurationTable(readme) },
    { path: '.env.example', text: envExample() },
    { path: 'generated/openapi.json', text: json(describeApi(await everyRoute())) },
    { path: 'generated/events.schema.json', text: json(describeEvents(events)) },
  ]
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** The routes as they are mounted, of a server that does not run. */
export function everyRoute(): Promise<RouteDefinition[]> {
  const wings = openWings()
  const operations = { checks: [], metrics: createMetrics(), isStopping: () => false }
  const live = (): never => {
    throw new Error('this server does not run')
  }
  const uploads = new Uploads({ purposes: wings.uploadPurposes })
  return apiRoutes({ operations, uploads, wings, people: { routes: peopleRoutes(live, []) }, live })
}

/** Writes the generated files that differ and prints their paths, one a line. */
export async function generate(): Promise<ExitCode> {
  for (const { path, text } of await generatedFiles()) {
    if (readTextIfThere(join(CHECKOUT, path), FILE_MAX_BYTES) === text) continue
    writeDurably(join(CHECKOUT, path), text, 0o644)
    print(path)
  }
  return ExitCode.done
}
