import type { Assets } from './assets.ts'
import { escapeHtml, jsonForScript } from './client/escape.ts'
import { WORDMARK, stageMarkup, watchMarkup } from './client/markup.ts'
import { isoDuration } from './client/time.ts'
import { type WatchedVideo, aspectOf, watched } from './client/video.ts'

/** What a page is made with. */
export interface Surroundings {
  readonly assets: Assets
  /** The server's address as others reach it, without a slash at the end; for what must be absolute. */
  readonly publicUrl: string
  /** Marks the scripts and styles of this answer; never used twice. */
  readonly nonce: string
}

/** The watch page of a video. Under 10 kB but for a very long description; useful without JavaScript. */
export function watchPage(video: WatchedVideo, around: Surroundings): string {
  return document({
    ...{ around, page: 'watch', title: `${video.title} · Airdate`, ratio: aspectOf(video) },
    head: `${describe(video, around)}${preloadPoster(video)}`,
    body: `<header class="top">${WORDMARK}</header>
<main class="page" id="main">
${watchMarkup(video)}
</main>
${FOOTER}${stateBlock(video)}`,
  })
}

/** The player alone, as large as the frame it is shown in, with the title as a link to the watch page. */
export function embedPage(video: WatchedVideo, around: Surroundings): string {
  return document({
    ...{ around, page: 'embed', title: video.title, ratio: aspectOf(video) },
    head: `<link rel="canonical" href="${escapeHtml(watchUrl(video.id, around))}"><meta name="robots" content="noindex">${preloadPoster(video)}`,
    body: `<main>${stageMarkup(video, watchUrl(video.id, around))}</main>${stateBlock(video)}`,
  })
}

/**
 * What a person sees who asks for a video that is not there, or that is not for strangers: the two look the same. `id`
 * is null when what was asked for cannot be an id.
 */
export function missingPage(id: string | null, page: 'watch' | 'embed', around: Surroundings): string {
  const form = id === null || page === 'embed' ? '' : TOKEN_FORM
  return document({
    ...{ around, page, title: 'No such video · Airdate', ratio: 16 / 9, id: id ?? '' },
    head: '<meta name="robots" content="noindex">',
    body: `<header class="top"${page === 'embed' ? ' hidden' : ''}>${WORDMARK}</header>
<main class="missing" id="main"><h1>There is no such video here</h1>
<p>The address may be mistyped, the video may have been removed, or it is private.</p>${form}</main>
${page === 'embed' ? '' : FOOTER}`,
  })
}

const FOOTER = '<footer class="foot">Served by Airdate, on its owner’s own machine.</footer>'

const TOKEN_FORM = `<form id="unlock" autocomplete="off"><h2>Is it private, and yours?</h2>
<p>Paste an API token. It is kept in this tab only, until you close it.</p>
<div class="field"><label><span>API token</span><input name="token" type="password" required maxlength="4096" autocomplete="off" spellcheck="false"></label><button>Open</button></div>
<p id="unlock-says" role="alert"></p><noscript><p>This needs JavaScript.</p></noscript></form>`

interface Parts {
  readonly around: Surroundings
  readonly page: 'watch' | 'embed'
  readonly title: string
  readonly ratio: number
  readonly head: string
  readonly body: string
  readonly id?: string
}

function document({ around: { assets, nonce }, page, title, ratio, head, body, id = '' }: Parts): string {
  const entry = assets.url('watch.js')
  const preloads = assets.modules
    .filter((url) => url !== entry)
    .map((url) => `<link rel="modulepreload" nonce="${nonce}" href="${url}">`)
    .join('')
  return `<!doctype html>
<html lang="en" class="${page}" data-page="${page}" data-video="${escapeHtml(id)}" data-mediachrome="${assets.url('media-chrome.js')}" data-hls="${assets.url('hls.js')}" data-worker="${assets.url('hls.worker.js')}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>${escapeHtml(title)}</title>
<meta name="theme-color" content="#faf7f2" media="(prefers-color-scheme: light)"><meta name="theme-color" content="#131110" media="(prefers-color-scheme: dark)">
<link rel="icon" type="image/svg+xml" href="${assets.url('icon.svg')}">
<link rel="stylesheet" href="${assets.url('watch.css')}"><style nonce="${nonce}">:root{--ratio:${ratio.toFixed(6)}}</style>
${head}
<script type="module" nonce="${nonce}" src="${entry}"></script>${preloads}
</head>
<body>
${body}
</body>
</html>
`
}

function stateBlock(video: WatchedVideo): string {
  return `<script type="application/json" id="state">${jsonForScript(watched(video))}</script>`
}

function preloadPoster(video: WatchedVideo): string {
  const poster = video.playback?.posterUrl ?? null
  return poster === null ? '' : `<link rel="preload" as="image" fetchpriority="high" href="${escapeHtml(poster)}">`
}

function watchUrl(id: string, around: Surroundings): string {
  return `${around.publicUrl}/watch/${id}`
}

const SUMMARY_LENGTH = 200

/** Meta tags for search engines, messengers and other sites (Open Graph, Twitter player card, oEmbed, schema.org). */
function describe(video: WatchedVideo, around: Surroundings): string {
  const url = watchUrl(video.id, around)
  // Nothing of a private video goes to machines that collect, even though whoever sees this page may see it.
  if (video.visibility === 'private') return '<meta name="robots" content="noindex">'
  const embed = `${around.publicUrl}/embed/${video.id}`
  const poster = video.playback?.posterUrl ?? null
  const summary = video.description.replaceAll(/\s+/g, ' ').trim().slice(0, SUMMARY_LENGTH)
  const size = { width: String(video.width ?? 1280), height: String(video.height ?? 720) }
  const meta: [name: string, content: string][] = [
    ...(summary === ''
      ? []
      : ([
          ['description', summary],
          ['og:description', summary],
        ] as [string, string][])),
    ...(video.visibility === 'unlisted' ? ([['robots', 'noindex']] as [string, string][]) : []),
    ['og:type', 'video.other'],
    ['og:site_name', 'Airdate'],
    ['og:title', video.title],
    ['og:url', url],
    ['og:video', embed],
    ['og:video:type', 'text/html'],
    ['og:video:width', size.width],
    ['og:video:height', size.height],
    ['twitter:card', 'player'],
    ['twitter:title', video.title],
    ['twitter:player', embed],
    ['twitter:player:width', size.width],
    ['twitter:player:height', size.height],
    ...(poster === null
      ? []
      : ([
          ['og:image', poster],
          ['twitter:image', poster],
        ] as [string, string][])),
  ]
  const oembed = `${around.publicUrl}/api/v1/stream/oembed?url=${encodeURIComponent(url)}`
  const tags = meta.map(([name, content]) => {
    const attribute = name.startsWith('og:') ? 'property' : 'name'
    return `<meta ${attribute}="${name}" content="${escapeHtml(content)}">`
  })
  return `<link rel="canonical" href="${escapeHtml(url)}"><link rel="alternate" type="application/json+oembed" href="${escapeHtml(oembed)}">
${tags.join('')}
<script type="application/ld+json">${jsonForScript(schemaOrg(video, embed, summary))}</script>`
}

/** schema.org/VideoObject; `uploadDate` is when the video was created here. */
function schemaOrg(video: WatchedVideo, embedUrl: string, summary: string): Record<string, unknown> {
  const poster = video.playback?.posterUrl ?? null
  return {
    '@context': 'https://schema.org',
    '@type': 'VideoObject',
    name: video.title,
    description: summary === '' ? video.title : summary,
    uploadDate: video.createdAt,
    embedUrl,
    ...(poster === null ? {} : { thumbnailUrl: poster }),
    ...(video.durationMs === null ? {} : { duration: isoDuration(video.durationMs) }),
    ...(video.playback === null ? {} : { contentUrl: video.playback.hlsUrl }),
  }
}
