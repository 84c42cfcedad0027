import type { Playback } from './client/video.ts'

/**
 * The Content-Security-Policy of a page (CSP Level 3). Scripts and styles only with this answer's nonce; pictures and
 * media from this server and wherever the playback addresses point, under which are the public address of a server that
 * is reached by another one. `blob:` is what hls.js feeds the video element through.
 */
export function contentPolicy(
  page: 'watch' | 'embed',
  nonce: string,
  publicUrl: string,
  playback: Playback | null,
): string {
  const places = [
    "'self'",
    ...originsOf([publicUrl, playback?.hlsUrl, playback?.posterUrl, playback?.storyboardUrl]),
  ].join(' ')
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src-elem 'self' 'nonce-${nonce}'`,
    // Attributes that media-chrome writes on elements of its own shadow roots; they cannot load anything we do not allow.
    "style-src-attr 'unsafe-inline'",
    `img-src ${places}`,
    `media-src ${places} blob:`,
    `connect-src ${places}`,
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    page === 'embed' ? 'frame-ancestors *' : "frame-ancestors 'none'",
  ].join('; ')
}

function originsOf(urls: readonly (string | null | undefined)[]): string[] {
  const origins = urls.flatMap((url) => {
    const parsed = typeof url === 'string' ? URL.parse(url) : null
    return parsed !== null && /^https?:$/.test(parsed.protocol) ? [parsed.origin] : []
  })
  return [...new Set(origins)]
}
