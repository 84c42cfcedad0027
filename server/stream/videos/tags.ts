/** What changes with a video's row: who may watch it, and whether there is something to watch. */
export const videoTag = (videoId: string): string => `video:${videoId}`
