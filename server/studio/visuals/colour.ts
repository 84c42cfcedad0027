/** A colour of sRGB, each part 0..255, not rounded. */
export type Rgb = readonly [red: number, green: number, blue: number]

/** A colour as the eye sees it: lightness 0..1, chroma from 0 (about 0.3 at most), hue in degrees. */
export interface Oklch {
  readonly l: number
  readonly c: number
  readonly h: number
}

const toLinear = (part: number): number => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
const toGamma = (part: number): number => (part <= 0.0031308 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055)

/** Linear sRGB of OKLCH, not clipped (Björn Ottosson, A perceptual color space for image processing, 2020). */
function linearOf({ l, c, h }: Oklch): [number, number, number] {
  const angle = (h * Math.PI) / 180
  const [a, b] = [c * Math.cos(angle), c * Math.sin(angle)]
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const middle = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short,
  ]
}

/** The sRGB colour of OKLCH; what a screen cannot show loses chroma until it can, and keeps lightness and hue. */
export function rgbOf(colour: Oklch): Rgb {
  const fits = (linear: readonly number[]): boolean => linear.every((part) => part >= -1e-4 && part <= 1.0001)
  let linear = linearOf(colour)
  if (!fits(linear)) {
    let [low, high] = [0, colour.c]
    for (let turn = 0; turn < 14; turn += 1) {
      const c = (low + high) / 2
      if (fits(linearOf({ ...colour, c }))) low = c
      else high = c
    }
    linear = linearOf({ ...colour, c: low })
  }
  return linear.map((part) => 255 * toGamma(Math.min(1, Math.max(0, part)))) as unknown as Rgb
}

/** `rgba(…)` of a colour. */
export function css(rgb: Rgb, alpha = 1): string {
  return `rgba(${rgb.map((part) => Math.round(part)).join(',')},${alpha})`
}

/** The colour between two, part by part: `share` 0 is the first. */
export function mixed(from: Rgb, to: Rgb, share: number): Rgb {
  return from.map((part, index) => part + ((to[index] ?? part) - part) * share) as unknown as Rgb
}

/** Relative luminance, 0..1 (WCAG 2.2). */
export function luminanceOf([red, green, blue]: Rgb): number {
  return 0.2126 * toLinear(red / 255) + 0.7152 * toLinear(green / 255) + 0.0722 * toLinear(blue / 255)
}

/** Contrast of two colours, 1..21 (WCAG 2.2). */
export function contrastOf(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminanceOf(a), luminanceOf(b)].toSorted((x, y) => y - x) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}
