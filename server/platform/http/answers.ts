import type { ProblemKind } from '#kernel/errors.ts'
import { TooManyRequests } from '../limits/fields.ts'
import { limitOf } from '../limits/policies.ts'
import type { Components } from './components.ts'
import { KeyInUse, KeyMissing, KeyOfAnotherRequest } from './idempotency.ts'
import {
  BodyTooLarge,
  MalformedBody,
  NotFound,
  RequestTimeout,
  UnsupportedMediaType,
  commonProblems,
} from './problems.ts'
import type { RouteDefinition } from './route.ts'
import { CrossSiteRefused, isSafe } from './same-origin.ts'

type Json = Record<string, unknown>

/** An answer, with what it is called where several routes give it; null for what stays with its route. */
interface Answer {
  readonly name: string | null
  readonly response: Json
}

/** What routes answer, written once where several answer the same. */
export class Answers {
  readonly #components: Components
  readonly #problems = new Map<string, { readonly kinds: readonly ProblemKind[]; readonly answer: Answer }>()

  constructor(components: Components) {
    this.#components = components
  }

  /** The answers of each route by their status, `default` included, with references in place of those that others give. */
  of(routes: readonly RouteDefinition[]): Json[] {
    const all = routes.map((route) => this.#of(route))
    const times = new Map<string, number>()
    for (const { name } of all.flatMap((answers) => Object.values(answers))) {
      if (name !== null) times.set(name, (times.get(name) ?? 0) + 1)
    }
    const written = ({ name, response }: Answer): Json =>
      name === null || times.get(name) === 1 ? response : this.#components.refer('responses', name, response)
    return all.map((answers) =>
      Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, written(answer)])),
    )
  }

  #of(route: RouteDefinition): Record<string, Answer> {
    const answers: Record<string, Answer> = {}
    for (const [status, schema] of [route.ok, ...(route.also ?? [])]) {
      const response = { description: DESCRIPTIONS[status] ?? 'Done.', ...this.#contentOf(schema) }
      answers[status] = status === 304 ? UNCHANGED : { name: null, response }
    }
    const problems = problemsOf(route)
    for (const code of new Set(problems.map((kind) => kind.status))) {
      const refusal = this.#refusal(problems.filter((kind) => kind.status === code))
      const success = answers[code]?.response
      answers[code] = success === undefined ? refusal : { name: null, response: either(success, refusal.response) }
    }
    return { ...answers, default: FAULT }
  }

  /** The answer that is one of these problems; the same one each time, since most routes have most of theirs in common. */
  #refusal(kinds: readonly ProblemKind[]): Answer {
    const types = kinds.map(({ type }) => type).join(' ')
    const known = this.#problems.get(types)
    if (known !== undefined && kinds.every((kind, index) => kind === known.kinds[index])) return known.answer
    const response = {
      description: kinds.map(({ type, title }) => `\`${type}\`: ${title}.`).join(' '),
      content: problemContent,
      'x-problems': kinds.map(({ type, title }) => ({ type: `/problems/${type}`, title })),
    }
    const answer = { name: kinds.map(nameOf).join('Or'), response }
    this.#problems.set(types, { kinds, answer })
    return answer
  }

  #contentOf(schema: unknown): Json {
    if (schema === null || schema === undefined) return {}
    if (typeof schema === 'string') return { content: { [schema]: { schema: { type: 'string' } } } }
    return { content: jsonContent(this.#components.schema(schema)) }
  }
}

/** What is answered with one status both when it went well and when it did not. */
function either(success: Json, refusal: Json): Json {
  const { description, content } = success as { description: string; content?: Json }
  return {
    ...refusal,
    description: `${description} ${String(refusal['description'])}`,
    content: { ...content, ...(refusal['content'] as Json) },
  }
}

/** What a kind of problem is called: `planner/task-not-found` is `PlannerTaskNotFound`. */
function nameOf({ type }: ProblemKind): string {
  return type.replaceAll(/(?:^|[/-])([a-z0-9])/g, (_match, first: string) => first.toUpperCase())
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  101: 'The connection changes its protocol.',
  206: 'The part that `Range` asked for.',
  304: 'Unchanged since the `ETag` in `If-None-Match`.',
}

const problemContent = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
const UNCHANGED: Answer = { name: 'Unchanged', response: { description: DESCRIPTIONS[304] } }
const FAULT: Answer = {
  name: 'Fault',
  response: { description: 'Anything else, such as a fault of ours (500).', content: problemContent },
}

/** Every problem that the route may answer with, those of its machinery included, each once. */
export function problemsOf(route: RouteDefinition): ProblemKind[] {
  const reading = [MalformedBody, BodyTooLarge, UnsupportedMediaType, RequestTimeout]
  const repeating = [KeyInUse, KeyOfAnotherRequest, ...(route.idempotency === 'required' ? [KeyMissing] : [])]
  return [
    ...new Set([
      ...commonProblems,
      ...(limitOf(route) === 'none' ? [] : [TooManyRequests]),
      ...(route.identity === 'ignored' || isSafe(route.method) ? [] : [CrossSiteRefused]),
      ...(route.streaming === true || ['GET', 'HEAD'].includes(route.method) ? [] : reading),
      ...(route.idempotency === undefined ? [] : repeating),
      ...(route.workspace === 'path' ? [NotFound] : []),
      ...(route.problems ?? []),
    ]),
  ]
}

/** Content that is JSON of this schema. */
export function jsonContent(schema: unknown): Json {
  return { 'application/json': { schema } }
}
