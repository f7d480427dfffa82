// The simulator's options: types, validation and defaults.
import * as z from 'zod/mini'
import { MINT_SCOPE } from './api-errors.js'
import { ENGLISH } from './english.js'
import type { RateLimit } from './rate-limit.js'

/** The options of `startHubSpotSimulator()`; all are optional. */
export type HubSpotSimulatorOptions = {
  /**
   * The port on 127.0.0.1; 0 takes any free one.
   *
   * @default 0
   */
  port?: number | undefined

  /**
   * The only accepted credential. Without this option, any bearer token is accepted. A call without one always gets a 401.
   *
   * @default any
   */
  accessToken?: string | undefined

  /**
   * The scopes of the credential. Without the scope in the default, mint calls get a 403.
   *
   * @default ['conversations.visitor_identification.tokens.create']
   */
  scopes?: readonly string[] | undefined

  /**
   * The id of the simulated HubSpot account, digits only; the chat's script is served as `/<portalId>.js`.
   *
   * @default '12345'
   */
  portalId?: string | undefined

  /**
   * The region in which the account is hosted, as `/account-info/<version>/details` reports it.
   *
   * @default 'na1'
   */
  region?: string | undefined

  /**
   * The rate limits: `max` calls in any `windowMs` milliseconds (rolling), `daily` calls a day. The defaults are those of
   * the Professional plan, https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
   *
   * @default { max: 190, windowMs: 10_000, daily: 625_000 }
   */
  rateLimit?: { max?: number | undefined; windowMs?: number | undefined; daily?: number | undefined } | undefined

  /**
   * The clock, in milliseconds since the epoch, for tokens, limits and the Date header.
   *
   * @default Date.now
   */
  now?: (() => number) | undefined
}

/** The options with every default filled in. */
export type SimulatorSettings = {
  port: number
  accessToken: string | undefined
  scopes: readonly string[]
  portalId: string
  region: string
  rateLimit: RateLimit
  now: () => number
}

const count = z.int().check(z.minimum(1))

const schema = z.strictObject({
  port: z._default(z.int().check(z.minimum(0), z.maximum(65_535)), 0),
  accessToken: z.optional(z.string().check(z.minLength(1, 'is empty; leave it out to accept any'))),
  scopes: z._default(z.array(z.string()), [MINT_SCOPE]),
  portalId: z._default(z.string().check(z.regex(/^\d{1,15}$/, 'must be a string of digits')), '12345'),
  region: z._default(z.string().check(z.regex(/^[a-z]{2}\d$/, 'must look like eu1')), 'na1'),
  rateLimit: z.prefault(
    z.strictObject({
      max: z._default(count, 190),
      windowMs: z._default(count, 10_000),
      daily: z._default(count, 625_000)
    }),
    {}
  ),
  now: z.optional(z.custom<() => number>((value) => typeof value === 'function', 'must be a function'))
})

/** Checks the options and fills in the defaults; throws a TypeError that names the wrong key, never its value. */
export function resolveSimulatorOptions(options: HubSpotSimulatorOptions): SimulatorSettings {
  const parsed = schema.safeParse(options, ENGLISH)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const key = issue?.path.length ? `option "${issue.path.join('.')}": ` : ''
    throw new TypeError(`startHubSpotSimulator(): ${key}${issue?.message ?? 'wrong options'}.`)
  }
  const { accessToken, now, ...rest } = parsed.data
  return { ...rest, accessToken, now: now ?? (() => Date.now()) }
}
