// One HTTP call of the doctor, with a deadline and a limited body size.
import { type CauseSummary, summarizeCause } from '../errors.js'
import type { FetchResponse } from '../mint/hubspot-client.js'
import { VERSION } from '../mint/version.js'

/** The part of `fetch` that the doctor uses; the global `fetch` can be assigned to it. */
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

/** The part of an answer that several checks read, and the time when it arrived. */
export type Head = Pick<FetchResponse, 'status' | 'headers'> & { readonly receivedAtMs: number }

/** The result of a GET: the head and, if requested, the body; or why there was no answer. */
export type GetResult =
  | { readonly ok: true; readonly head: Head; readonly body: string | undefined }
  | { readonly ok: false; readonly reason: string }

/** One GET to make. */
export type GetCall = {
  readonly url: string
  readonly send: DoctorFetch
  readonly timeoutMs: number
  readonly now: () => number
  /** Sent as a bearer token; omitted for hosts that need none. */
  readonly accessToken?: string
  /** Whether the body is read. */
  readonly withBody: boolean
}

/** Far more than the account's details, which are under 1 KiB. */
const MAX_BODY_BYTES = 64 * 1024

/** Runs a task with a signal that aborts at the deadline, and always after the task, so that no socket stays open. */
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

/** The global `fetch` has the system's error code only in `cause`; the returned function throws that cause itself. */
export function unwrapCause(send: DoctorFetch): DoctorFetch {
  return async (url, init) => {
    try {
      return await send(url, init)
    } catch (thrown) {
      throw (thrown as { cause?: unknown } | undefined)?.cause ?? thrown
    }
  }
}

/** Describes why there was no answer; contains nothing from the error's message. */
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

/** The head of an answer. */
export function headOf({ status, headers }: FetchResponse, receivedAtMs: number): Head {
  return { status, headers, receivedAtMs }
}

/** The body as text; `undefined` if it exceeds the limit or is not a stream. */
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
