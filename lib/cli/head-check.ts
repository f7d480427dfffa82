// Checks of the headers of HubSpot's answers: the difference between the clocks, and the remaining rate budget.
import * as z from 'zod/mini'
import type { Head } from './call.js'
import { type Check, ok, skipped, warning } from './check.js'
import { formatDuration } from './duration.js'

/** With a larger difference, the times in logs do not match HubSpot's. */
const CLOCK_SKEW_MS = 5 * 60 * 1000

/** HubSpot's rate window, if its headers do not give it. */
const DEFAULT_WINDOW_MS = 10_000

/** The heads of the answers; the first one with the needed headers is used. */
export type Heads = readonly (Head | undefined)[]

/** Compares HubSpot's Date header with the local clock at the time when the answer arrived. */
export function explainClock(heads: Heads): Check {
  const id = 'clock'
  const skewMs = heads.map(skewOf).find((skew) => !Number.isNaN(skew))
  if (skewMs === undefined) return skipped(id, 'The clock was not compared: no answer told the time.')
  if (Math.abs(skewMs) <= CLOCK_SKEW_MS) return ok(id, "This machine's clock agrees with HubSpot's.")
  const off = `${formatDuration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} HubSpot's`
  const harmless = "tokens still work, since their time is counted on this machine's own clock"
  return warning(id, `This machine's clock is ${off}; ${harmless}.`, 'Set the clock by NTP.')
}

/** How far the local clock is ahead, in milliseconds; NaN if unknown. */
function skewOf(head: Head | undefined): number {
  return head ? head.receivedAtMs - Date.parse(head.headers.get('date') ?? '') : Number.NaN
}

/** A header with a count; a malformed one is treated as missing. */
const countSchema = z.pipe(z.string().check(z.regex(/^\d{1,12}$/)), z.transform(Number))

/**
 * Reports the remaining calls of the window and of the day. The headers may be missing; with OAuth, the daily ones are:
 * https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
 */
export function explainRateBudget(heads: Heads): Check {
  const id = 'rate-budget'
  const told = heads.map(readBudgets).find((budgets) => budgets.length > 0)
  if (!told) return skipped(id, 'The rate budget cannot be told: HubSpot sent no headers about it.')
  const counts = told.map(({ left, of, per }) => `${left}${of === undefined ? '' : ` of ${of}`} ${per}`)
  const message = `Calls left: ${counts.join(', ')}.`
  if (told.every(({ left }) => left !== 0)) return ok(id, message)
  return warning(id, message, 'Look for what else calls HubSpot with this credential.')
}

function readBudgets(head: Head | undefined) {
  const read = (name: string) => countSchema.safeParse(head?.headers.get(`x-hubspot-ratelimit-${name}`)).data
  const window = formatDuration(read('interval-milliseconds') ?? DEFAULT_WINDOW_MS)
  return [
    { left: read('remaining'), of: read('max'), per: `in ${window}` },
    { left: read('daily-remaining'), of: read('daily'), per: 'today' }
  ].filter(({ left }) => left !== undefined)
}
