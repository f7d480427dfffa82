// Small charts as SVG: labelled bars, dots on a logarithmic axis, and lines; readable on light and dark pages.

/** One bar. */
export type Bar = { readonly label: string; readonly value: number; readonly text: string; readonly ours?: boolean }

/** One row of dots. */
export type DotRow = {
  readonly label: string
  readonly ours: boolean
  readonly dots: readonly { name: string; value: number }[]
}

/** One line. */
export type Line = { readonly label: string; readonly points: readonly (readonly [number, number])[] }

const WIDTH = 760
const LABELS = 250
const ROW = 30
const TOP = 44
const OURS = '#e0632f'
const OTHER = '#7d8ca3'
const STYLE = `<style>text{font:13px system-ui,sans-serif;fill:#24292f}.t{font-weight:600;font-size:14px}.s{fill:#57606a;font-size:12px}
.g{stroke:#d0d7de}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.s{fill:#9da7b3}.g{stroke:#3d444d}}</style>`

/** Horizontal bars, each with its value. */
export function barChart(title: string, note: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ value }) => value))
  const scale = (WIDTH - LABELS - 90) / most
  const rows = bars.map(({ label, value, text, ours }, at) => {
    const y = TOP + at * ROW
    const width = Math.max(1, value * scale)
    return (
      words(LABELS - 8, y + 17, label, 'end') +
      `<rect x="${LABELS}" y="${y + 4}" width="${width.toFixed(1)}" height="18" rx="2" fill="${ours ? OURS : OTHER}"/>` +
      words(LABELS + width + 6, y + 17, text)
    )
  })
  return frame(title, note, TOP + bars.length * ROW, rows.join(''))
}

/** Named dots in rows, on a logarithmic axis of milliseconds from `from` to `to`. */
export function dotChart(
  title: string,
  note: string,
  { rows, from, to }: { rows: readonly DotRow[]; from: number; to: number }
): string {
  const decades = Math.log10(to / from)
  const x = (value: number) => LABELS + (Math.log10(Math.max(value, from) / from) / decades) * (WIDTH - LABELS - 40)
  const bottom = TOP + rows.length * ROW
  const ticks = Array.from({ length: Math.round(decades) + 1 }, (_, at) => from * 10 ** at)
  const grid = ticks.map(
    (tick) =>
      `<line class="g" x1="${x(tick)}" x2="${x(tick)}" y1="${TOP - 4}" y2="${bottom}"/>${words(x(tick), bottom + 16, milliseconds(tick), 'middle', 's')}`
  )
  const shapes = ['M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0', 'M-5-5h10v10h-10z', 'M0-6l6 11h-12z']
  const names = rows[0]?.dots.map(({ name }) => name) ?? []
  const marks = rows.map(({ label, ours, dots }, at) => {
    const y = TOP + at * ROW + 14
    const shown = dots.map(
      ({ value }, shape) =>
        `<path d="${shapes[shape]}" transform="translate(${x(value).toFixed(1)} ${y})" fill="${ours ? OURS : OTHER}" fill-opacity=".85"/>`
    )
    return words(LABELS - 8, y + 4, label, 'end') + shown.join('')
  })
  const legend = names.map(
    (name, at) =>
      `<path d="${shapes[at]}" transform="translate(${LABELS + at * 90} ${bottom + 34})" fill="${OTHER}"/>${words(LABELS + 10 + at * 90, bottom + 38, name)}`
  )
  return frame(title, note, bottom + 46, [...grid, ...marks, ...legend].join(''))
}

/** Lines over time; the axis starts at zero. */
export function lineChart(
  title: string,
  note: string,
  { lines, xName, yName }: { lines: readonly Line[]; xName: string; yName: string }
): string {
  const [left, height] = [60, 220]
  const all = lines.flatMap(({ points }) => points)
  const mostX = Math.max(...all.map(([x]) => x))
  const mostY = niceAbove(Math.max(...all.map(([, y]) => y)))
  const px = (x: number) => left + (x / mostX) * (WIDTH - left - 130)
  const py = (y: number) => TOP + height - (y / mostY) * height
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const value = share * mostY
    return `<line class="g" x1="${left}" x2="${px(mostX)}" y1="${py(value)}" y2="${py(value)}"/>${words(left - 6, py(value) + 4, value.toLocaleString('en-US'), 'end', 's')}`
  })
  const marks = [0, 0.5, 1].map((share) =>
    words(px(share * mostX), TOP + height + 18, `${share * mostX}`, 'middle', 's')
  )
  const drawn = lines.map(({ label, points }, at) => {
    const color = at === 0 ? OURS : OTHER
    const path = points
      .map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${px(x).toFixed(1)} ${py(y).toFixed(1)}`)
      .join('')
    const [, lastY = 0] = points.at(-1) ?? []
    return `<path d="${path}" fill="none" stroke="${color}" stroke-width="2"/>${words(px(mostX) + 8, py(lastY) + 4, label)}`
  })
  const names =
    words(px(mostX / 2), TOP + height + 36, xName, 'middle', 's') + words(left - 6, TOP - 6, yName, 'end', 's')
  return frame(title, note, TOP + height + 42, [...grid, ...marks, ...drawn, names].join(''))
}

function milliseconds(value: number): string {
  return value < 1000 ? `${value} ms` : `${(value / 1000).toLocaleString('en-US')} s`
}

function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 4, 5, 8, 10].find((step) => step * power >= value) ?? 10) * power
}

function frame(title: string, note: string, bottom: number, content: string): string {
  const height = bottom + 26
  const head = words(10, 20, title, 'start', 't')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">${STYLE}${head}${content}${words(10, height - 8, note, 'start', 's')}</svg>\n`
}

function words(x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end' = 'start', kind = ''): string {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}"${kind ? ` class="${kind}"` : ''}>${safe}</text>`
}
