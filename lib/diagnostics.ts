// Where this library speaks to the operator and the developer: onError, the console, the debug log and the diagnostics channels.
// No personal data passes here.
import { type Channel, channel } from 'node:diagnostics_channel'
import createDebug from 'debug'
import type { Request } from 'express'
import { type Fault, HubSpotIdentificationError, type HubSpotIdentificationErrorCode } from './errors.js'

/** Published on `hubspot-identification:mint` when a mint has ended. */
export type MintEvent = {
  /** `minted`, or the code of what went wrong. */
  outcome: 'minted' | HubSpotIdentificationErrorCode
  /** HTTP calls made; 0 when the mint was refused before any. */
  attempts: number
  /** HubSpot's last HTTP status, if it answered. */
  upstreamStatus?: number | undefined
  durationMs: number
}

/** Published on `hubspot-identification:request` when a request is handed on. */
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

/** Told of every fault; may throw or reject without harm. */
export type OnError = (error: HubSpotIdentificationError, req?: Request) => void

/** Tells the operator of one fault, once. */
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
    // The message ends with the hint.
    writeToDebugLog(`${code}: ${message} ${JSON.stringify(known)}`)
    const nowMs = Date.now()
    // A clock that was set back must not silence the console.
    if (Math.abs(nowMs - (writtenAtMs.get(code) ?? Number.NEGATIVE_INFINITY)) < CONSOLE_INTERVAL_MS) return
    writtenAtMs.set(code, nowMs)
    warn(`${code}: ${message}${correlationId ? ` (correlation id ${correlationId})` : ''}`)
  }
}

/** Of a cause there is only what its summary kept: class, code and system call. */
function describeCause(cause: unknown) {
  if (!(cause instanceof Error)) return undefined
  const { name, code, syscall } = cause as NodeJS.ErrnoException
  return { cause: name, causeCode: code, causeSyscall: syscall }
}

/** Makes the reporter of one instance. Whatever `onError` does, throwing or rejecting, the page goes on. */
export function createReport(onError: OnError): Report {
  return (fault, req) => {
    try {
      const returned: unknown = onError(new HubSpotIdentificationError(fault), req)
      Promise.resolve(returned).catch(ignore)
    } catch {
      // The operator's logger failed; a page must not fail with it.
    }
  }
}

function ignore(): void {}

/**
 * Tells a developer why the chat stays anonymous where nothing has failed: each cause once per instance on `console.warn` outside
 * production, and on `DEBUG=express-hubspot-identification` everywhere.
 */
export type Hints = {
  /** Whether anybody would see a hint: what is only said there need not be worked out otherwise. */
  readonly isHeard: boolean
  /** Says a hint, unless its cause has been said before. */
  say(cause: string, sentence: string): void
  /** Keeps a cause from being said from now on. */
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
