// Which values of a verification mark mean "verified". Every other value means "not verified": databases, forms and drivers write "no" in
// too many ways to list.
import { types } from 'node:util'

const YES_WORDS = new Set(['1', 'true', 't', 'yes', 'y', 'on', 'verified', 'confirmed'])

/**
 * Earlier dates do not count: empty columns become such dates (1970 from `new Date(null)`, 1900 in SQL Server, year 1 in .NET).
 * Numbers from here on are time stamps, in seconds or in milliseconds.
 */
const EARLIEST_MS = Date.UTC(1990, 0, 1)

/** A time stamp as text, in seconds or milliseconds. */
const DIGITS = /^\d{9,13}(?:\.\d{1,9})?$/

/** ISO 8601, and the form that SQL databases print. The time zone may be missing, or be `Z`, `UTC`, `+02`, `+0200` or `+02:00`. */
const DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,3})\d*)?(?: ?(Z|UTC|[+-]\d\d(?::?\d\d)?))?)?$/i

/**
 * Whether the value clearly means "verified": `true`, `1`, one of the words, a valid date or time stamp in the past, or the byte 1
 * (`BIT(1)` of MySQL).
 */
export function isClearYes(mark: unknown): boolean {
  switch (typeof mark) {
    case 'boolean':
      return mark
    case 'number':
    case 'bigint':
      return Number(mark) === 1 || isPastStamp(Number(mark))
    case 'string':
      return isYesText(mark.trim())
    case 'object':
      // Not instanceof: a Date of another realm is none, and Jest runs each test file in its own realm.
      if (types.isDate(mark)) return isPast(mark.getTime())
      return types.isUint8Array(mark) && mark.length === 1 && mark[0] === 1
    default:
      return false
  }
}

function isYesText(text: string): boolean {
  if (YES_WORDS.has(text.toLowerCase())) return true
  return DIGITS.test(text) ? isPastStamp(Number(text)) : isPast(parseDate(text))
}

/** Seconds or milliseconds since 1970: at most one of the two readings lies between 1990 and now. */
function isPastStamp(stamp: number): boolean {
  return isPast(stamp) || isPast(stamp * 1000)
}

function isPast(timeMs: number): boolean {
  return timeMs >= EARLIEST_MS && timeMs <= Date.now()
}

/** `NaN` for an invalid date (`0000-00-00 00:00:00`, February 31st). Without a zone it is read as `Date.parse` does. */
function parseDate(text: string): number {
  const [, year, month, day, time, fraction = '0', zone = ''] = DATE.exec(text) ?? []
  if (day === undefined || Number(day) > new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate())
    return Number.NaN
  if (!time) return Date.parse(`${year}-${month}-${day}`)
  const clock = time.length === 5 ? `${time}:00` : time
  return Date.parse(`${year}-${month}-${day}T${clock}.${fraction.padEnd(3, '0')}${isoZone(zone.toUpperCase())}`)
}

function isoZone(zone: string): string {
  if (zone === '' || zone === 'Z') return zone
  if (zone === 'UTC') return 'Z'
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0')
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`
}
