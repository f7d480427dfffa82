// Formats lengths of time.

/** A length of time in its largest fitting unit, such as `12 h`. */
export function formatDuration(ms: number): string {
  const minutes = ms / 60_000
  if (minutes < 2) return `${Math.round(ms / 1000)} s`
  return minutes < 60 ? `${Math.round(minutes)} min` : `${Math.round(minutes / 6) / 10} h`
}
