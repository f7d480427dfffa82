// The budget of calls to HubSpot: the app's rate limiter, or one in memory. When it is empty a call is refused at once, never queued.
import { RateLimiterMemory } from 'rate-limiter-flexible'
import * as z from 'zod/mini'
import type { Report } from '../diagnostics.js'
import { createSideCall } from './side-call.js'

/** A limiter of rate-limiter-flexible: resolves while there are points, rejects with `{ msBeforeNext }` when there are none. */
export type RateLimiter = { consume(key: string): Promise<unknown> }

/**
 * The plans that may mint allow 190 calls in any 10 s; a fixed window of 90 is at most 180 in any 10 s.
 * https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
 */
const POINTS = 90
const WINDOW_SECONDS = 10

const noPointsSchema = z.object({ msBeforeNext: z.number() })
/** The second form is that of a `RateLimiterUnion`: one entry for each of its limiters that is empty. */
const emptySchema = z.union([
  noPointsSchema,
  z.record(z.string(), noPointsSchema).check(z.refine((each) => Object.keys(each).length > 0))
])

/** Takes one point: `true` when the call may be made. */
export type Budget = () => Promise<boolean>

/** Creates the budget of an account. All processes use the same key, so a shared limiter counts them together. */
export function createBudget(
  { rateLimiter, account }: { rateLimiter: RateLimiter | undefined; account: string },
  report: Report
): Budget {
  const key = `hubspot-identification:${account}`
  const inMemory = new RateLimiterMemory({ points: POINTS, duration: WINDOW_SECONDS })
  const limiter = rateLimiter ?? inMemory
  // A limiter in memory answers at once and does not fail.
  if (limiter instanceof RateLimiterMemory) return () => takeFrom(limiter, key)

  const sideCall = createSideCall('limiter ("rateLimiter")', report)
  return async () => {
    const taken = await sideCall(() => takeFrom(limiter, key))
    // When the shared limiter fails, this process limits itself.
    return taken.ok ? taken.value : takeFrom(inMemory, key)
  }
}

async function takeFrom(limiter: RateLimiter, key: string): Promise<boolean> {
  try {
    await limiter.consume(key)
    return true
  } catch (thrown) {
    if (!(thrown instanceof Error) && emptySchema.safeParse(thrown).success) return false
    throw thrown
  }
}
