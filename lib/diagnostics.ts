// Everything this library reports: errors to onError, the console, the debug log, the diagnostics channels. None of it contains
// personal data.
import { type Channel, channel } from 'node:diagnostics_channel'
import createDebug from 'debug'
import type { Request } from 'express'
import { type Fault, HubSpotIdentificationError, type HubSpotIdentificationErrorCode } from './errors.js'

/** Published on `hubspot-identification:mint` when a mint has ended. */
export type MintEvent = {
  /** `minted`, or the code of the error. */
  outcome: 'minted' | HubSpotIdentificationErrorCode
  /** HTTP calls made; 0 when HubSpot was not called. */
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
 * Where the identity of a request came from, or why it has none. `skipped`: by the option `skip`, or because the request cannot use
 * an identity (HEAD, an image) and no token was available without waiting.
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

/** Why nobody is identified (`res.locals.hubspot.reason`). The README explains each of them. */
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

/** Called with every error. If it throws or rejects, that is ignored. */
export type OnError = (error: HubSpotIdentificationError, req?: Request) => void

/** Reports one fault to `onError`. */
export type Report = (fault: Fault, req?: Request) => void

const NAME = 'express-hubspot-identification'

/** The second name was used by earlier versions. */
const debugLogs = [createDebug(NAME), createDebug('hubspot-identification')]

/** The default `onError` writes at most one line for each error code in this time. */
const CONSOLE_INTERVAL_MS = 60 * 1000

function writeToDebugLog(line: string): void {
  debugLogs.find(({ enabled }) => enabled)?.('%s', line)
}

/** `console.warn` can be replaced by the app, and can throw. */
function warn(line: string): void {
  try {
    console.warn(`${NAME}: ${line}`)
  } catch {
    // A console that throws must not break the page.
  }
}

/**
 * Creates the default `onError`: one line on `console.warn`, at most one a minute for each code. With
 * `DEBUG=express-hubspot-identification` every error is logged with its details.
 */
export function createConsoleOnError(): OnError {
  const writtenAtMs = new Map<string, number>()

  return function onError({ code, message, retryable, upstreamStatus, upstreamCategory, correlationId, cause }) {
    const known = { retryable, upstreamStatus, upstreamCategory, correlationId, ...describeCause(cause) }
    writeToDebugLog(`${code}: ${message} ${JSON.stringify(known)}`)
    const nowMs = Date.now()
    // Math.abs: if the clock is set back, the console is silent for a minute, not until the old time is reached.
    if (Math.abs(nowMs - (writtenAtMs.get(code) ?? Number.NEGATIVE_INFINITY)) < CONSOLE_INTERVAL_MS) return
    writtenAtMs.set(code, nowMs)
    warn(`${code}: ${message}${correlationId ? ` (correlation id ${correlationId})` : ''}`)
  }
}

/** The cause of our errors holds only what summarizeCause() kept: class name, code and system call. */
function describeCause(cause: unknown) {
  if (!(cause instanceof Error)) return undefined
  const { name, code, syscall } = cause as NodeJS.ErrnoException
  return { cause: name, causeCode: code, causeSyscall: syscall }
}

/** Creates the report function of one instance. It never throws, also when `onError` throws or rejects. */
export function createReport(onError: OnError): Report {
  return (fault, req) => {
    try {
      const returned: unknown = onError(new HubSpotIdentificationError(fault), req)
      Promise.resolve(returned).catch(ignore)
    } catch {
      // An onError that throws must not break the page.
    }
  }
}

function ignore(): void {}

/**
 * Hints for developers: likely mistakes that keep the chat anonymous although nothing failed. Each is written once per instance, to
 * `console.warn` outside production, and to the debug log (`DEBUG=express-hubspot-identification`) everywhere.
 */
export type Hints = {
  /** Whether hints are written at all; if not, they need not be worked out. */
  readonly isEnabled: boolean
  /** Writes a hint, unless one with the same cause was written before. */
  say(cause: string, sentence: string): void
  /** From now on, writes no hint with this cause. */
  silence(cause: string): void
}

/** Creates the hints of one instance. */
export function createHints(): Hints {
  const isDevelopment = process.env['NODE_ENV'] !== 'production'
  const said = new Set<string>()

  return {
    isEnabled: isDevelopment || debugLogs.some(({ enabled }) => enabled),
    say(cause, sentence) {
      if (said.has(cause)) return
      said.add(cause)
      writeToDebugLog(sentence)
      if (isDevelopment) warn(sentence)
    },
    silence: (cause) => void said.add(cause)
  }
}
