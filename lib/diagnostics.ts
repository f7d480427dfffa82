// Where this library speaks to the operator: the onError callback, the debug log and the diagnostics channels. No personal data passes here.
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

/** Subscribe by name with `node:diagnostics_channel`. */
export const mintChannel: Channel = channel('hubspot-identification:mint')

/** Subscribe by name with `node:diagnostics_channel`. */
export const requestChannel: Channel = channel('hubspot-identification:request')

/** Told of every fault; may throw or reject without harm. */
export type OnError = (error: HubSpotIdentificationError, req?: Request) => void

/** Tells the operator of one fault, once. */
export type Report = (fault: Fault, req?: Request) => void

const debug = createDebug('hubspot-identification')

/** The default of `onError`: one line, with what is known of the fault, on `DEBUG=hubspot-identification`. */
export function writeToDebugLog(error: HubSpotIdentificationError): void {
  const { code, message, retryable, upstreamStatus, upstreamCategory, correlationId, cause } = error
  const known = { retryable, upstreamStatus, upstreamCategory, correlationId, ...describeCause(cause) }
  // The message ends with the hint.
  debug('%s: %s %s', code, message, JSON.stringify(known))
}

/** Of a cause there is only what its summary kept: class, code and system call. */
function describeCause(cause: unknown) {
  if (!(cause instanceof Error)) return undefined
  const { name, code, syscall } = cause as NodeJS.ErrnoException
  return { cause: name, causeCode: code, causeSyscall: syscall }
}

/** Whether somebody listens to the debug log: what is only said there need not be worked out otherwise. */
export function isDebugged(): boolean {
  return debug.enabled
}

/** Says on `DEBUG=hubspot-identification` why nobody is identified where nothing is wrong, but it may not be what was meant. */
export function explain(why: string): void {
  debug(why)
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
