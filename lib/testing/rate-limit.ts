// HubSpot's two usage limits: the rolling window and the day.

/** The limits of the simulated account. */
export type RateLimit = {
  /** Calls within one window. */
  max: number
  /** Length of the rolling window, in milliseconds. */
  windowMs: number
  /** Calls a day. A day ends at midnight UTC, the time zone of the simulated account. */
  daily: number
}

/** HubSpot's name for the limit that was exceeded. */
export type RateLimitPolicy = 'TEN_SECONDLY_ROLLING' | 'DAILY'

/** Counts the calls of one simulator. */
export type RateMeter = {
  /** Counts one call; gives the limit that refuses it. Refused calls do not count. */
  take(): RateLimitPolicy | undefined
  /** The rate-limit headers that HubSpot sends with an answer. */
  headers(): Record<string, string>
}

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Creates a meter; `now` gives milliseconds since the epoch.
 *
 * Source of limits and header names: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
 */
export function createRateMeter(limit: RateLimit, now: () => number): RateMeter {
  let calls: number[] = []
  let first = 0
  let day = Number.NaN
  let today = 0

  function forgetOld(): void {
    const dayNow = Math.floor(now() / DAY_MS)
    if (dayNow !== day) today = 0
    day = dayNow
    const oldest = now() - limit.windowMs
    while (first < calls.length && (calls[first] ?? 0) <= oldest) first += 1
    if (first > 1024 && first * 2 > calls.length) {
      calls = calls.slice(first)
      first = 0
    }
  }

  return {
    take() {
      forgetOld()
      if (today >= limit.daily) return 'DAILY'
      if (calls.length - first >= limit.max) return 'TEN_SECONDLY_ROLLING'
      calls.push(now())
      today += 1
      return undefined
    },
    headers() {
      forgetOld()
      return {
        'X-HubSpot-RateLimit-Daily': String(limit.daily),
        'X-HubSpot-RateLimit-Daily-Remaining': String(Math.max(0, limit.daily - today)),
        'X-HubSpot-RateLimit-Interval-Milliseconds': String(limit.windowMs),
        'X-HubSpot-RateLimit-Max': String(limit.max),
        'X-HubSpot-RateLimit-Remaining': String(Math.max(0, limit.max - (calls.length - first)))
      }
    }
  }
}
