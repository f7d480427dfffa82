// What the head of HubSpot's answer tells besides the token: the clocks' difference and what is left of the rate budget.
import { z } from 'zod'
import type { Head } from './call.js'
import { type Check, ok, skipped, warning } from './check.js'
import { formatDuration } from './mint-check.js'

/** Beyond this the times in logs no longer match HubSpot's. */
const CLOCK_SKEW_MS = 5 * 60 * 1000

/** Compares HubSpot's Date header with our clock at the moment the answer came. */
export function explainClock(head: Head | undefined, receivedAtMs: number): Check {
  const id = 'clock'
  const date = Date.parse(head?.headers.get('date') ?? '')
  if (Number.isNaN(date)) return skipped(id, 'The clock was not compared: no answer told the time.')
  const skewMs = receivedAtMs - date
  if (Math.abs(skewMs) <= CLOCK_SKEW_MS) return ok(id, "This machine's clock agrees with HubSpot's.")
  const off = `${formatDuration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} HubSpot's`
  const harmless = "tokens still work, since their time is counted on this machine's own clock"
  return warning(id, `This machine's clock is ${off}; ${harmless}.`, 'Set the clock by NTP.')
}

/** A header that counts something; absent or malformed is as good as nothing. */
const countSchema = z
  .string()
  .regex(/^\d{1,12}$/)
  .transform(Number)

/**
 * Says what is left of the window's and the day's calls. The headers may be missing, the daily ones are with OAuth:
 * https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
 */
export function explainRateBudget(head: Head | undefined): Check {
  const id = 'rate-budget'
  const read = (name: string) => countSchema.safeParse(head?.headers.get(`x-hubspot-ratelimit-${name}`)).data
  const budgets = [
    { left: read('remaining'), of: read('max'), per: `per ${formatDuration(read('interval-milliseconds') ?? 10_000)}` },
    { left: read('daily-remaining'), of: read('daily'), per: 'today' }
  ]
  const told = budgets.filter(({ left }) => left !== undefined)
  if (told.length === 0) return skipped(id, 'The rate budget cannot be told: HubSpot sent no headers about it.')
  const counts = told.map(({ left, of, per }) => `${left}${of === undefined ? '' : ` of ${of}`} calls ${per}`)
  const message = `Left of the rate budget: ${counts.join(', ')}.`
  if (told.every(({ left }) => left !== 0)) return ok(id, message)
  return warning(id, message, 'Look for what else calls HubSpot with this credential.')
}
