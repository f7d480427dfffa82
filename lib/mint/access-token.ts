// Reads the access token: a string, or the result of the app's function, which may be slow or fail.
import { TimeoutStrategy, timeout } from 'cockatiel'
import { type Fault, summarizeCause } from '../errors.js'
import { accessTokenSchema } from './access-token-form.js'

/** The access token, or why there is none. */
export type AccessTokenResult =
  | { readonly ok: true; readonly accessToken: string }
  | { readonly ok: false; readonly fault: Fault }

/** How long the app's function may take. */
const ACCESS_TOKEN_MS = 5000

/** Reads the access token, at the latest by the deadline of the mint. Never throws. */
export async function readAccessToken(
  source: string | (() => string | Promise<string>),
  deadlineMs: number
): Promise<AccessTokenResult> {
  if (typeof source === 'string') return { ok: true, accessToken: source }
  const limitMs = Math.max(1, Math.min(ACCESS_TOKEN_MS, deadlineMs - Date.now()))
  try {
    const given: unknown = await timeout(limitMs, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false })
      .dangerouslyUnref()
      .execute(async () => source())
    const parsed = accessTokenSchema.safeParse(given)
    return parsed.success ? { ok: true, accessToken: parsed.data } : refuse('gave nothing that can be sent')
  } catch (thrown) {
    return refuse(`threw or took over ${ACCESS_TOKEN_MS / 1000} s`, thrown)
  }
}

function refuse(what: string, thrown?: unknown): AccessTokenResult {
  const hint = 'Make the "accessToken" function return the credential as text within 5 seconds.'
  const cause = thrown === undefined ? undefined : summarizeCause(thrown)
  return {
    ok: false,
    fault: {
      code: 'ERR_ACCESS_TOKEN',
      retryable: true,
      message: `The "accessToken" function ${what}. ${hint}`,
      hint,
      cause
    }
  }
}
