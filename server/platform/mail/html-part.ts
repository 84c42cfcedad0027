import { assertNever } from '#kernel/assert.ts'
import type { FittedBlock, FittedLetter } from './fitted.ts'

/** Colours of the light mail; each pair of text and ground has a contrast of 4.5 or more (WCAG 2.2, 1.4.3). */
const LIGHT = {
  paper: '#f4efe7',
  sheet: '#ffffff',
  ink: '#221d18',
  quiet: '#655c52',
  line: '#e3dbd0',
  accent: '#b23c0e',
  onAccent: '#ffffff',
} as const

/** Programs that know the reader's colour scheme take these; others keep the light ones or turn them round themselves. */
const DARK = `@media (prefers-color-scheme:dark){
.paper{background:#131110!important}
.sheet{background:#1b1816!important;border-color:#342e29!important}
.ink{color:#ece5dc!important}
.quiet{color:#aca196!important}
.mark,.link{color:#f79468!important}
.key{background:#f79468!important}
.key a{color:#201006!important}
.line{border-color:#342e29!important}
}`

/** On a phone the sheet takes the width that there is. */
const SMALL = `@media (max-width:600px){
.paper{padding:0!important}
.sheet{border-radius:0!important;border-left:0!important;border-right:0!important}
.inner{padding:24px 20px!important}
.key,.key a{display:block!important;text-align:center!important}
.keys{width:100%!important}
}`

const FONT =
  "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;-webkit-text-size-adjust:100%"

/** Keeps what follows the preheader out of the list of mails: marks without a width between spaces. */
const PADDING = '&#847;&zwnj;&nbsp;'.repeat(40)

/** Text as it may stand between tags and in attributes with double quotes. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/**
 * The mail as HTML: one column of at most 560 px, every style written at its element because many programs know no other,
 * no picture and nothing that is fetched. Tables carry the layout, because one widely used program lays out nothing else.
 */
export function htmlPart(letter: FittedLetter): string {
  const { subject, preheader, title, blocks, why, publicUrl } = letter
  return `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<title>${escaped(subject)}</title>
<style>:root{color-scheme:light dark}
${DARK}
${SMALL}</style>
</head>
<body class="paper" style="margin:0;padding:0;background:${LIGHT.paper}">
<div style="display:none;max-height:0;overflow:hidden;opacity:0">${escaped(preheader)}${PADDING}</div>
<div role="article" aria-roledescription="email" aria-label="${escaped(subject)}" lang="en">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>
<td class="paper" align="center" style="padding:32px 12px;background:${LIGHT.paper}">
<table role="presentation" class="sheet" width="560" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:560px;background:${LIGHT.sheet};border:1px solid ${LIGHT.line};border-radius:12px;border-collapse:separate"><tr>
<td class="inner" align="left" style="padding:32px 36px">
<p class="mark" style="margin:0 0 20px;color:${LIGHT.accent};font-size:15px;line-height:1.4;font-weight:700;letter-spacing:.01em;${FONT}">Airdate</p>
<h1 class="ink" style="margin:0 0 16px;color:${LIGHT.ink};font-size:24px;line-height:1.25;font-weight:700;letter-spacing:-.01em;overflow-wrap:anywhere;${FONT}">${escaped(title)}</h1>
${blocks.map(blockHtml).join('\n')}
<p class="quiet line" style="margin:28px 0 0;padding:20px 0 0;border-top:1px solid ${LIGHT.line};color:${LIGHT.quiet};font-size:13px;line-height:1.5;overflow-wrap:anywhere;${FONT}">${escaped(why)}<br>Airdate, ${escaped(publicUrl)}</p>
</td></tr></table>
</td></tr></table>
</div>
</body>
</html>
`
}

function blockHtml(block: FittedBlock): string {
  switch (block.kind) {
    case 'paragraph':
      return paragraph(block.text)
    case 'note':
      return `<p class="quiet" style="margin:0 0 16px;color:${LIGHT.quiet};font-size:14px;line-height:1.5;overflow-wrap:anywhere;${FONT}">${escaped(block.text)}</p>`
    case 'action':
      return block.href === null ? paragraph(block.label) : button(block.label, block.href)
    case 'facts':
      return factTable(block.facts)
    default:
      return assertNever(block)
  }
}

function paragraph(text: string): string {
  return `<p class="ink" style="margin:0 0 16px;color:${LIGHT.ink};font-size:16px;line-height:1.55;overflow-wrap:anywhere;${FONT}">${escaped(text)}</p>`
}

function button(label: string, href: string): string {
  const url = escaped(href)
  return `<table role="presentation" class="keys" cellpadding="0" cellspacing="0" border="0" style="margin:24px 0 16px"><tr>
<td class="key" bgcolor="${LIGHT.accent}" style="background:${LIGHT.accent};border-radius:8px">
<a href="${url}" style="display:inline-block;padding:14px 24px;color:${LIGHT.onAccent};font-size:16px;line-height:1.25;font-weight:600;text-decoration:none;border-radius:8px;${FONT}">${escaped(label)}</a>
</td></tr></table>
<p class="quiet" style="margin:0 0 20px;color:${LIGHT.quiet};font-size:13px;line-height:1.5;${FONT}">If the button does not open, use this address:<br><a class="link" href="${url}" style="color:${LIGHT.accent};text-decoration:underline;text-underline-offset:3px;word-break:break-all">${url}</a></p>`
}

function factTable(facts: readonly { readonly name: string; readonly value: string }[]): string {
  const cell = `padding:6px 0;font-size:15px;line-height:1.5;text-align:left;vertical-align:top;${FONT}`
  const rows = facts.map(
    ({ name, value }) =>
      `<tr><th scope="row" class="quiet" style="${cell};padding-right:20px;color:${LIGHT.quiet};font-weight:400;white-space:nowrap">${escaped(name)}</th><td class="ink" style="${cell};color:${LIGHT.ink};overflow-wrap:anywhere">${escaped(value)}</td></tr>`,
  )
  return `<table cellpadding="0" cellspacing="0" border="0" style="margin:4px 0 20px;border-collapse:collapse">${rows.join('\n')}</table>`
}
