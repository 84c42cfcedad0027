import { escapeHtml } from './escape.ts'
import type { WatchedVideo } from './video.ts'
import { type Standing, standingOf } from './words.ts'

/** The mark: a sun on the horizon, and the name. */
export const WORDMARK = `<p class="mark"><svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><path class="sun" d="M5 16a7 7 0 0 1 14 0z"/><path class="line" d="M2 19.25h20"/></svg>Airdate</p>`

/** The player's frame: the poster at once, the controls when the script has come, and what there is to say instead. */
export function stageMarkup(video: WatchedVideo, titleLink: string | null): string {
  const poster = video.playback?.posterUrl ?? null
  const posterAttribute = poster === null ? '' : ` poster="${escapeHtml(poster)}"`
  const standing = standingOf(video)
  const isShown = standing.phase === 'growing' || standing.phase === 'ready'
  const source = isShown ? video.playback?.hlsUrl : undefined
  const label = escapeHtml(video.title)
  const link =
    titleLink === null
      ? ''
      : `<a slot="top-chrome" class="title" href="${escapeHtml(titleLink)}" target="_blank" rel="noopener">${label}</a>`
  const withoutScript =
    source === undefined
      ? ''
      : `<noscript><video controls playsinline preload="none"${posterAttribute} src="${escapeHtml(source)}" aria-label="${label}"></video></noscript>`
  const kind = video.state === 'ready' && video.width === null ? 'stage sound' : 'stage'
  return `<section class="${kind}" id="stage" aria-label="Player">
<media-controller id="player" nohotkeys novolumepref nomutedpref noautoseektolive defaultstreamtype="on-demand">
<video slot="media" id="video" playsinline preload="none" crossorigin="anonymous"${posterAttribute} aria-label="${label}"></video>${link}
</media-controller>${withoutScript}
<div class="veil" id="veil"${isShown ? ' hidden' : ''}>${veilMarkup(video, standing)}</div>
<p class="trouble" id="trouble" role="alert" hidden></p>
</section>`
}

/** What stands in the frame when there is nothing to play. */
export function veilMarkup(video: WatchedVideo, standing: Standing): string {
  const isFailed = standing.phase === 'failed'
  const bar = isFailed ? '' : progressMarkup(standing.percent)
  const code = isFailed ? `<p class="code">${escapeHtml(video.failure?.code ?? 'unknown')}</p>` : ''
  const advice = standing.advice === '' ? '' : `<p class="advice">${escapeHtml(standing.advice)}</p>`
  return `<div class="words"><p class="headline">${escapeHtml(standing.headline)}</p><p>${escapeHtml(standing.detail)}</p>${advice}${code}${bar}</div>`
}

function progressMarkup(percent: number | null): string {
  const value = percent === null ? '' : ` value="${percent}"`
  const shown = percent === null ? '' : `${percent} %`
  return `<div class="meter"><progress max="100"${value} aria-label="Preparation"></progress><span>${shown}</span></div>`
}

/** The calm line below the player while a video is still growing; empty when there is nothing to say. */
export function noticeMarkup(standing: Standing): string {
  if (standing.phase !== 'growing') return ''
  return `<p><strong>${escapeHtml(standing.headline)}.</strong> ${escapeHtml(standing.detail)}</p>${progressMarkup(standing.percent)}`
}

const DATE = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const

/** Title, date, description and the buttons below the player. */
export function aboutMarkup(video: WatchedVideo): string {
  const badge =
    video.visibility === 'public'
      ? ''
      : `<span class="badge">${video.visibility === 'private' ? 'Private' : 'Unlisted'}</span>`
  const description =
    video.description.trim() === ''
      ? ''
      : `<p class="description" id="description">${escapeHtml(video.description)}</p>`
  return `<div class="head"><div><h1 id="title">${escapeHtml(video.title)}</h1>
<p class="meta"><time datetime="${escapeHtml(video.createdAt)}">${escapeHtml(dateOf(video.createdAt))}</time>${badge}</p></div>
<p class="actions" id="actions"></p></div>${description}`
}

function dateOf(createdAt: string): string {
  const date = new Date(createdAt)
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleDateString('en-GB', DATE)
}

/** Everything between the header and the footer of the watch page. */
export function watchMarkup(video: WatchedVideo): string {
  return `${stageMarkup(video, null)}
<div class="notice" id="notice" role="status">${noticeMarkup(standingOf(video))}</div>
<article class="about">${aboutMarkup(video)}</article>`
}
