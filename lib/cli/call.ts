// How the doctor talks to a server: one call with a deadline, the answer's head, and a body that cannot fill the memory.
import { type CauseSummary, summarizeCause } from '../errors.js'
import type { FetchResponse } from '../mint/hubspot-client.js'
import { VERSION } from '../mint/version.js'

/** What the doctor needs of a fetch; the global one fits. */
export type DoctorFetch = (
  url: string,
  init: {
    method: 'GET' | 'POST'
    headers: Record<string, string>
    body?: string
    redirect: 'manual'
    signal: AbortSignal
  }
) => Promise<FetchResponse>

/** The part of an answer that several checks read, and when it came. */
export type Head = Pick<FetchResponse, 'status' | 'headers'> & { readonly receivedAtMs: number }

/** What a GET gave: the head and, when it was asked for, the body; or why there was none. */
export type GetResult =
  | { readonly ok: true; readonly head: Head; readonly body: string | undefined }
  | { readonly ok: false; readonly reason: string }

/** One GET to make. */
export type GetCall = {
  readonly url: string
  readonly send: DoctorFetch
  readonly timeoutMs: number
  readonly now: () => number
  /** Sent as a bearer; left out for hosts that need none. */
  readonly accessToken?: string
  /** Whether the body is read. */
  readonly withBody: boolean
}

/** The account's details are under 1 KiB. */
const MAX_BODY_BYTES = 64 * 1024

/** Runs a task with a signal that aborts at the deadline, and in any case at the end, so that no socket stays open. */
export async function withDeadline<T>(timeoutMs: number, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), timeoutMs)
  try {
    return await task(controller.signal)
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
}

/** The global fetch hides the system's error code in `cause`; this fetch throws that cause itself. */
export function unwrapCause(send: DoctorFetch): DoctorFetch {
  return async (url, init) => {
    try {
      return await send(url, init)
    } catch (thrown) {
      throw (thrown as { cause?: unknown } | undefined)?.cause ?? thrown
    }
  }
}

/** Says why there was no answer, in words that hold nothing of the error's own message. */
export function describeNoAnswer(cause: CauseSummary | undefined, timedOut: boolean, timeoutMs: number): string {
  if (timedOut) return `no answer within ${timeoutMs / 1000} s`
  return cause?.code ? `no connection, ${cause.code}` : 'no connection'
}

/** Makes one GET; follows no redirect and never throws. */
export function get({ url, send, timeoutMs, now, accessToken, withBody }: GetCall): Promise<GetResult> {
  return withDeadline(timeoutMs, async (signal): Promise<GetResult> => {
    try {
      const response = await send(url, {
        method: 'GET',
        headers: {
          ...(accessToken ? { authorization: `Bearer ${accessToken}`, accept: 'application/json' } : { accept: '*/*' }),
          'user-agent': `express-hubspot-identification/${VERSION}`
        },
        redirect: 'manual',
        signal
      })
      const head = headOf(response, now())
      return { ok: true, head, body: withBody ? await readBody(response) : undefined }
    } catch (thrown) {
      return { ok: false, reason: describeNoAnswer(summarizeCause(thrown), signal.aborted, timeoutMs) }
    }
  })
}

/** The head of an answer that came just now. */
export function headOf({ status, headers }: FetchResponse, receivedAtMs: number): Head {
  return { status, headers, receivedAtMs }
}

/** `undefined` for a body that is larger than any true answer. */
async function readBody({ body }: FetchResponse): Promise<string | undefined> {
  if (typeof body !== 'object' || body === null || !(Symbol.asyncIterator in body)) return undefined
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
