const CLOCK = /^(?:(\d{1,3}):)?(\d{1,4}):(\d{1,2})$/
const UNITS = /^(?:(\d{1,3})h)?(?:(\d{1,5})m)?(?:(\d{1,7})(?:\.\d{1,6})?s?)?$/

/**
 * Reads where to start: `90`, `90s`, `1m30s`, `1h2m3s`, `1:30`, `1:02:03`. Whole seconds, a fraction is dropped.
 * Null when there is nothing to read: absent, empty, negative, or no time at all.
 */
export function parseStart(text: string | null): number | null {
  if (text === null || text === '') return null
  const [, hours, minutes, seconds] = CLOCK.exec(text) ?? UNITS.exec(text) ?? []
  if (hours === undefined && minutes === undefined && seconds === undefined) return null
  return Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
}

/** `0:05`, `12:34`, `1:02:03`. Fractions are dropped; what is no time is `0:00`. */
export function formatClock(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0
  const two = (value: number): string => String(value).padStart(2, '0')
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** An ISO 8601 duration, `PT62.5S`, as schema.org and Open Graph's readers take it. */
export function isoDuration(durationMs: number): string {
  return `PT${durationMs / 1000}S`
}

/** Frames per second of a fraction such as `30000/1001`; 25 when it cannot be read, so that stepping still steps. */
export function framesPerSecond(fraction: string | null): number {
  const [num, den] = (fraction ?? '').split('/').map(Number)
  const rate = (num ?? 0) / (den ?? 1)
  return Number.isFinite(rate) && rate > 0 ? rate : 25
}

/**
 * The time to seek to for the frame `frames` away from the one shown at `seconds`. It is the middle of that frame: a
 * seek to its very start may by rounding land on the frame before. Never before the first frame.
 */
export function stepTime(seconds: number, rate: number, frames: number): number {
  // A thousandth of a frame: the start of frame n in floating point may be a hair below n / rate.
  const shown = Math.floor(seconds * rate + 0.001)
  return (Math.max(0, shown + frames) + 0.5) / rate
}
