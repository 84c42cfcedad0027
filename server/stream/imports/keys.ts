/** Where films lie that were not uploaded: beside the media that is made of them, which goes when the making fails. */
export const ORIGINALS_PREFIX = 'originals/'
export const originalPrefix = (videoId: string): string => `${ORIGINALS_PREFIX}${videoId}/`
export const originalKeyOf = (videoId: string): string => `${originalPrefix(videoId)}film`
export const captionsKeyOf = (videoId: string): string => `${originalPrefix(videoId)}captions.vtt`

/** The name of a video's captions below its address. */
export const CAPTIONS_NAME = 'captions.vtt'
