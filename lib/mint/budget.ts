// How many calls to HubSpot may be made: the limiter of the app, or one in memory. An empty budget sheds; nothing queues.
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
/** A `RateLimiterUnion` says it for each of its limiters that has none left. */
const emptySchema = z.union([
  noPointsSchema,
  z.record(z.string(), noPointsSchema).check(z.refine((each) => Object.keys(each).length > 0))
])

/** Takes one point: `true` when the call may be made. */
export type Budget = () => Promise<boolean>

/** One budget for the account, under one key, so that a shared limiter counts all processes together. */
export function createBudget(
  { rateLimiter, account }: { rateLimiter: RateLimiter | undefined; account: string },
  report: Report
): Budget {
  const key = `hubspot-identification:${account}`
  const inMemory = new RateLimiterMemory({ points: POINTS, duration: WINDOW_SECONDS })
  const limiter = rateLimiter ?? inMemory
  // One in this process's memory is never late and never gone.
  if (limiter instanceof RateLimiterMemory) return () => takeFrom(limiter, key)

  const sideCall = createSideCall('limiter ("rateLimiter")', report)
  return async () => {
    const taken = await sideCall(() => takeFrom(limiter, key))
    // A limiter that is gone must not open the gates: this process then counts for itself.
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
