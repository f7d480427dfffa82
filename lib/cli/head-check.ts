// What the head of HubSpot's answer tells besides the token: the clocks' difference and what is left of the rate budget.
import * as z from 'zod/mini'
import type { Head } from './call.js'
import { type Check, ok, skipped, warning } from './check.js'
import { formatDuration } from './duration.js'

/** Beyond this the times in logs no longer match HubSpot's. */
const CLOCK_SKEW_MS = 5 * 60 * 1000

/** HubSpot's window, when its headers do not tell. */
const DEFAULT_WINDOW_MS = 10_000

/** What came of the calls that were made; the first head that tells counts. */
export type Heads = readonly (Head | undefined)[]

/** Compares HubSpot's Date header with our clock at the moment the answer came. */
export function explainClock(heads: Heads): Check {
  const id = 'clock'
  const skewMs = heads.map(skewOf).find((skew) => !Number.isNaN(skew))
  if (skewMs === undefined) return skipped(id, 'The clock was not compared: no answer told the time.')
  if (Math.abs(skewMs) <= CLOCK_SKEW_MS) return ok(id, "This machine's clock agrees with HubSpot's.")
  const off = `${formatDuration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} HubSpot's`
  const harmless = "tokens still work, since their time is counted on this machine's own clock"
  return warning(id, `This machine's clock is ${off}; ${harmless}.`, 'Set the clock by NTP.')
}

/** How far we are ahead, or NaN. */
function skewOf(head: Head | undefined): number {
  return head ? head.receivedAtMs - Date.parse(head.headers.get('date') ?? '') : Number.NaN
}

/** A header that counts something; absent or malformed is as good as nothing. */
const countSchema = z.pipe(z.string().check(z.regex(/^\d{1,12}$/)), z.transform(Number))

/**
 * Says what is left of the window's and the day's calls. The headers may be missing, the daily ones are with OAuth:
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
