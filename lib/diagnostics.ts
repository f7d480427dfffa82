// All reports of this library: onError, the console, the debug log and the diagnostics channels. None contains personal data.
import { type Channel, channel } from 'node:diagnostics_channel'
import createDebug from 'debug'
import type { Request } from 'express'
import { type Fault, HubSpotIdentificationError, type HubSpotIdentificationErrorCode } from './errors.js'

/** Published on `hubspot-identification:mint` when a mint has ended. */
export type MintEvent = {
  /** `minted`, or the code of the error. */
  outcome: 'minted' | HubSpotIdentificationErrorCode
  /** HTTP calls made; 0 when the mint was refused before any. */
  attempts: number
  /** HubSpot's last HTTP status, if it answered. */
  upstreamStatus?: number | undefined
  durationMs: number
}

/** Published on `hubspot-identification:request` when `next()` is called. */
export type RequestEvent = {
  outcome: RequestOutcome
  durationMs: number
}

/**
 * Where the identity of a request came from, or why it has none. `skipped`: by the option, or because it cannot use an identity
 * (HEAD, an image) and there was none.
 */
export type RequestOutcome =
  | 'session'
  | 'memory'
  | 'store'
  | 'minted'
  | 'shared'
  | 'late'
  | 'anonymous'
  | 'skipped'
  | 'failed'

/**
 * Why nobody is identified, in one word (`res.locals.hubspot.reason`). The README explains each of them.
 */
export type NotIdentifiedReason =
  | 'no-user'
  | 'no-email'
  | 'unverified'
  | 'invalid-visitor'
  | 'skipped'
  | 'late'
  | 'held-back'
  | 'unavailable'
  | 'unauthorized'
  | 'forbidden'
  | 'rejected'
  | 'rate-limited'
  | 'public-cache'
  | 'changed'
  | 'user-came-later'

/** Subscribe by name with `node:diagnostics_channel`. */
export const mintChannel: Channel = channel('hubspot-identification:mint')

/** Subscribe by name with `node:diagnostics_channel`. */
export const requestChannel: Channel = channel('hubspot-identification:request')

/** Called with every error; may throw or reject without harm. */
export type OnError = (error: HubSpotIdentificationError, req?: Request) => void

/** Reports one fault to `onError`. */
export type Report = (fault: Fault, req?: Request) => void

const NAME = 'express-hubspot-identification'

/** The second name is that of earlier versions. */
const debugLogs = [createDebug(NAME), createDebug('hubspot-identification')]

/** The default of `onError` writes at most one line in this time for each code. */
const CONSOLE_INTERVAL_MS = 60 * 1000

function writeToDebugLog(line: string): void {
  debugLogs.find(({ enabled }) => enabled)?.('%s', line)
}

/** `console.warn` can be replaced by the app, and can throw. */
function warn(line: string): void {
  try {
    console.warn(`${NAME}: ${line}`)
  } catch {
    // A page must not fail with the console.
  }
}

/**
 * Makes the default of `onError`: one line on `console.warn`, at most one a minute for each code, and every fault with all that is
 * known of it on `DEBUG=express-hubspot-identification`.
 */
export function createConsoleOnError(): OnError {
  const writtenAtMs = new Map<string, number>()

  return function onError({ code, message, retryable, upstreamStatus, upstreamCategory, correlationId, cause }) {
    const known = { retryable, upstreamStatus, upstreamCategory, correlationId, ...describeCause(cause) }
    writeToDebugLog(`${code}: ${message} ${JSON.stringify(known)}`)
    const nowMs = Date.now()
    // Math.abs, so that a clock that was set back does not silence the console for long.
    if (Math.abs(nowMs - (writtenAtMs.get(code) ?? Number.NEGATIVE_INFINITY)) < CONSOLE_INTERVAL_MS) return
    writtenAtMs.set(code, nowMs)
    warn(`${code}: ${message}${correlationId ? ` (correlation id ${correlationId})` : ''}`)
  }
}

/** An error's cause holds only what summarizeCause() has kept: class, code and system call. */
function describeCause(cause: unknown) {
  if (!(cause instanceof Error)) return undefined
  const { name, code, syscall } = cause as NodeJS.ErrnoException
  return { cause: name, causeCode: code, causeSyscall: syscall }
}

/** Makes the reporter of one instance. The page goes on even when `onError` throws or rejects. */
export function createReport(onError: OnError): Report {
  return (fault, req) => {
    try {
      const returned: unknown = onError(new HubSpotIdentificationError(fault), req)
      Promise.resolve(returned).catch(ignore)
    } catch {
      // onError failed; a page must not fail with it.
    }
  }
}

function ignore(): void {}

/**
 * Hints why the chat stays anonymous though nothing has failed: each cause once per instance, on `console.warn` outside production,
 * and under `DEBUG=express-hubspot-identification` in production, too.
 */
export type Hints = {
  /** Whether a hint would be written anywhere; if not, it need not be worked out. */
  readonly isHeard: boolean
  /** Writes a hint, unless one with the same cause has been written before. */
  say(cause: string, sentence: string): void
  /** No hint with this cause is written from now on. */
  silence(cause: string): void
}

/** Makes the hints of one instance. */
export function createHints(): Hints {
  const isDevelopment = process.env['NODE_ENV'] !== 'production'
  const said = new Set<string>()

  return {
    isHeard: isDevelopment || debugLogs.some(({ enabled }) => enabled),
    say(cause, sentence) {
      if (said.has(cause)) return
      said.add(cause)
      writeToDebugLog(sentence)
      if (isDevelopment) warn(sentence)
    },
    silence: (cause) => void said.add(cause)
  }
}
