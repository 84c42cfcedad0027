import { invariant } from '#kernel/assert.ts'
import type { OpenApi, OperationObject, ParameterObject, ResponseObject, SchemaObject } from './document.ts'
import { resolved } from './references.ts'
import { escapeHtml, schemaHtml, schemaId, typeText, withCode } from './schema.ts'

interface Entry {
  readonly method: string
  readonly path: string
  readonly operation: OperationObject
}

/**
 * The API's description as a page: operations by tag, each with what goes in, what comes out, and what can go wrong. What
 * has a name stands once, at the end.
 */
export function docsPage(api: OpenApi, style: string): string {
  const groups = groupsOf(api)
  const { title, description } = api.info
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} API</title><meta name="description" content="${escapeHtml(description)}">
<meta name="color-scheme" content="light dark">
<style>${style}</style></head>
<body>
<a class="skip" href="#main">Skip to the operations</a>
<header><p class="mark">${escapeHtml(title)}</p><h1>API</h1><p class="lead">${escapeHtml(description)}</p>
<p><a href="/api/v1/openapi.json">OpenAPI 3.1 document</a></p></header>
<div class="frame">
<nav aria-label="Operations">${groups.map(navGroup).join('')}${navSchemas(api)}</nav>
<main id="main" tabindex="-1">
${preface(api)}
${groups.map(group).join('\n')}
${schemasHtml(api)}
</main>
</div>
</body>
</html>
`
}

function groupsOf(api: OpenApi): [tag: string, entries: Entry[]][] {
  const groups = new Map<string, Entry[]>()
  for (const [path, item] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const tag = operation.tags[0]
      invariant(tag !== undefined, `${operation.operationId} has a tag`)
      const entry = { method: method.toUpperCase(), path, operation: resolved(api, operation) }
      groups.set(tag, [...(groups.get(tag) ?? []), entry])
    }
  }
  return [...groups].toSorted(([a], [b]) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))
}

/** What keeps the server running is read last. */
function rankOf(tag: string): number {
  return tag === 'Operations' ? 1 : 0
}

function idOf(tag: string): string {
  return `group-${tag.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`
}

/** Tags as headings: with a capital. */
function titleOf(tag: string): string {
  return escapeHtml(tag.charAt(0).toUpperCase() + tag.slice(1))
}

function navGroup([tag, entries]: [string, Entry[]]): string {
  const items = entries.map(
    ({ method, path, operation }) =>
      `<li><a href="#${operation.operationId}"><span class="verb ${method.toLowerCase()}">${method}</span> ${wrappable(path)}</a></li>`,
  )
  return `<h2><a href="#${idOf(tag)}">${titleOf(tag)}</a></h2><ul>${items.join('')}</ul>`
}

function preface(api: OpenApi): string {
  const schema = api.components.schemas['Problem']
  const problem = schema === undefined ? '' : schemaHtml(schema)
  return `<section class="preface" aria-labelledby="everywhere"><h2 id="everywhere">Everywhere</h2>
<p>Send <code>Authorization: Bearer …</code> with an access token or an API key. What is marked <em>public</em> is answered without one.
Any origin may call; no cookies are taken from other sites.</p>
<p>Lists take <code>limit</code> and <code>cursor</code> and answer <code>items</code> and <code>nextCursor</code>, which is null on the last page.
Unknown parameters and fields are refused.</p>
<p>Creations take an <code>Idempotency-Key</code>: repeated with the same body, they answer what they answered first.
Changes take <code>If-Match</code> with the <code>ETag</code> that was read.</p>
<details><summary>Every error is a problem document</summary><p><code>application/problem+json</code>, RFC 9457. <code>requestId</code> is also in <code>X-Request-Id</code> and in the server’s log.</p>${problem}</details>
</section>`
}

function group([tag, entries]: [string, Entry[]]): string {
  return `<section aria-labelledby="${idOf(tag)}"><h2 id="${idOf(tag)}">${titleOf(tag)}</h2>
${entries.map(operationHtml).join('\n')}
</section>`
}

function operationHtml({ method, path, operation }: Entry): string {
  const { operationId, summary, parameters = [], requestBody, responses } = operation
  const permission = operation['x-permission']
  const access = permission === 'public' ? 'public' : `needs <code>${escapeHtml(permission)}</code>`
  const body = requestBody?.content['application/json']?.schema
  const answers = Object.entries(responses).filter(([status]) => /^[23]/.test(status))
  const problems = Object.entries(responses).filter(([, response]) => response['x-problems'] !== undefined)
  return `<article id="${operationId}" aria-labelledby="${operationId}-name">
<h3 id="${operationId}-name"><a href="#${operationId}">${escapeHtml(summary)}</a></h3>
<p class="target"><span class="verb ${method.toLowerCase()}">${method}</span> <code>${wrappable(path)}</code></p>
<p class="facts"><code>${operationId}</code> · ${access}</p>
${parameters.length === 0 ? '' : parametersHtml(parameters, operationId)}
${body === undefined ? '' : `<h4>Body</h4>${schemaHtml(body)}`}
<h4>Answers</h4>
${answers.map(([status, response]) => answerHtml(status, response)).join('')}
<details><summary>Problems <span class="count">${problems.reduce((sum, [, { 'x-problems': kinds = [] }]) => sum + kinds.length, 0)}</span></summary>
<dl class="problems">${problems.map(([status, response]) => problemHtml(status, response)).join('')}</dl></details>
</article>`
}

function parametersHtml(parameters: readonly ParameterObject[], operationId: string): string {
  const rows = parameters.map(
    ({ name, in: place, required, description = '', schema }) =>
      `<tr><th scope="row"><code>${escapeHtml(name)}</code>${required ? '<span class="must">required</span>' : ''}</th><td>${place}</td><td><span class="type">${typeText(schema)}</span> ${withCode(description)}</td></tr>`,
  )
  return `<h4 id="${operationId}-parameters">Parameters</h4><div class="scroll" tabindex="0" role="group" aria-labelledby="${operationId}-parameters"><table><thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">What it is</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`
}

function answerHtml(status: string, { description, content = {} }: ResponseObject): string {
  const bodies = Object.entries(content).filter(([type]) => type !== 'application/problem+json')
  const told = bodies.map(([type, { schema }]) => {
    const detail = schema.properties === undefined ? '' : bodyHtml(schema)
    const isNamed = [schema, schema.items, ...(schema.anyOf ?? [])].some((one) => one?.$ref !== undefined)
    const named = isNamed ? ` of ${typeText(schema)}` : ''
    return { type: `<span class="type">${escapeHtml(type)}${named}</span>`, detail }
  })
  const types = told.length === 0 ? '<span class="type">no body</span>' : told.map(({ type }) => type).join(' ')
  return `<div class="answer"><p><span class="status">${status}</span> ${withCode(description)} ${types}</p>${told.map(({ detail }) => detail).join('')}</div>`
}

function bodyHtml(schema: SchemaObject): string {
  return `<details><summary>Fields</summary>${schemaHtml(schema)}</details>`
}

function problemHtml(status: string, response: ResponseObject): string {
  const kinds = (response['x-problems'] ?? []).map(
    ({ type, title }) => `<dd><code>${escapeHtml(type)}</code> ${escapeHtml(title)}</dd>`,
  )
  return `<dt><span class="status">${status}</span></dt>${kinds.join('')}`
}

/** Every schema that has a name, the problem document aside, which the preface tells. */
function namedSchemas(api: OpenApi): [name: string, schema: SchemaObject][] {
  return Object.entries(api.components.schemas).filter(([name]) => name !== 'Problem')
}

function navSchemas(api: OpenApi): string {
  const items = namedSchemas(api).map(([name]) => `<li><a href="#${schemaId(name)}">${escapeHtml(name)}</a></li>`)
  return items.length === 0 ? '' : `<h2><a href="#schemas">Schemas</a></h2><ul>${items.join('')}</ul>`
}

function schemasHtml(api: OpenApi): string {
  const articles = namedSchemas(api).map(
    ([name, schema]) =>
      `<article id="${schemaId(name)}" aria-labelledby="${schemaId(name)}-name"><h3 id="${schemaId(name)}-name"><a href="#${schemaId(name)}">${escapeHtml(name)}</a></h3>${schemaHtml(schema)}</article>`,
  )
  if (articles.length === 0) return ''
  return `<section aria-labelledby="schemas"><h2 id="schemas">Schemas</h2>${articles.join('\n')}</section>`
}

/** A path that may break after its slashes. */
function wrappable(path: string): string {
  return escapeHtml(path).replaceAll('/', '/<wbr>')
}
