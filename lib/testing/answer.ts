// The simulator's HTTP answers as plain data, and functions that send them.
import type { IncomingMessage, ServerResponse } from 'node:http'

/** One whole HTTP answer, before a fault is applied to it. */
export type Answer = { status: number; headers: Record<string, string>; body: string }

/** The largest request body in bytes; a larger one is answered with 413. */
const MAX_BODY_BYTES = 1024 * 1024

/** An answer with a JSON body. */
export function jsonAnswer(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  const body = JSON.stringify(value) ?? ''
  return { status, headers: { 'content-type': 'application/json;charset=utf-8', ...headers }, body }
}

/** An answer with text of the given content type, which browsers do not store. */
export function textAnswer(contentType: string, body: string, headers: Record<string, string> = {}): Answer {
  const common = { 'content-type': `${contentType};charset=utf-8`, 'cache-control': 'no-store' }
  return { status: 200, headers: { ...common, 'x-content-type-options': 'nosniff', ...headers }, body }
}

/** Sends an answer as it is. */
export function sendAnswer(res: ServerResponse, answer: Answer): void {
  writeHead(res, answer)
  res.end(answer.body)
}

/** Sends status and headers of an answer; the length is that of its body unless another one is given. */
export function writeHead(res: ServerResponse, answer: Answer, length = Buffer.byteLength(answer.body)): void {
  const bodiless = answer.status === 204 || answer.status === 304
  res.writeHead(answer.status, { ...(bodiless ? {} : { 'content-length': String(length) }), ...answer.headers })
}

/** The request's body as text; `undefined` when it is larger than one mebibyte. */
export async function readBody(req: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req) {
    const bytes = Buffer.from(chunk as Uint8Array)
    size += bytes.length
    if (size <= MAX_BODY_BYTES) chunks.push(bytes)
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString('utf8')
}

/** The value of a JSON text, or `undefined` when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
