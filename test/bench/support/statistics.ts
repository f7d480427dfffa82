// Medians, quantiles, and their formatting.

/** The q-quantile (0 to 1) by linear interpolation; NaN for an empty list. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const low = sorted[Math.floor(at)] ?? Number.NaN
  const high = sorted[Math.ceil(at)] ?? Number.NaN
  return low + (high - low) * (at - Math.floor(at))
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The largest value, for lists that are too long for `Math.max(...values)`. */
export function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(value, most), Number.NEGATIVE_INFINITY)
}

/** `median (lower quartile-upper quartile)`. */
export function medianWithQuartiles(values: readonly number[], digits = 1): string {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => quantile(values, q).toFixed(digits))
  return `${middle} (${low}-${high})`
}

/** `median (min-max)`. */
export function medianWithRange(values: readonly number[], digits = 1): string {
  const [low, middle, high] = [0, 0.5, 1].map((q) => quantile(values, q).toFixed(digits))
  return `${middle} (${low}-${high})`
}

/** The ratios of the values of the same round, in which the effect of other load on both cancels out. */
export function ratios(values: readonly number[], partners: readonly number[]): number[] {
  return values.map((value, round) => value / (partners[round] ?? Number.NaN))
}

/** 12345 as `12,345`. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** In random order. */
export function shuffled<T>(values: readonly T[]): T[] {
  const drawn = values.map((value) => ({ value, lot: Math.random() }))
  return drawn.sort((a, b) => a.lot - b.lot).map(({ value }) => value)
}
