// One GET as a browser sends it. The global fetch does not allow these headers; the body is decoded, up to a largest size.
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { VERSION } from '../../mint/version.js'

/** An answer with its whole body. */
export type Answer = {
  readonly url: URL
  readonly status: number
  /** Of several headers of one name, the values stand together, separated by commas. */
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Thrown for a body that is too large. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

/** Thrown when the answer ends, or fails, after its head. */
export class BrokeOff extends Error {
  override readonly name = 'BrokeOff'
}

/** Far above any page; an endless one must not fill the memory. */
export const MAX_BODY_BYTES = 5 * 1024 * 1024

const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress
}

/** Sends a GET and reads the answer; follows no redirect. Rejects with the network's error, `BrokeOff` or `TooLarge`. */
export function httpGet(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Answer> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    let hasHead = false
    const sent = request(url, { agent: false, signal, headers: { ...COMMON_HEADERS, ...headers } }, (response) => {
      hasHead = true
      readBody(response).then(
        (body) => resolve({ url, status: response.statusCode ?? 0, headers: response.headers, body }),
        (thrown) => {
          sent.destroy()
          reject(thrown)
        }
      )
    })
    sent.on('error', (error) => reject(hasHead ? new BrokeOff('after the head', { cause: error }) : error))
    sent.end()
  })
}

const COMMON_HEADERS = {
  'accept-encoding': 'gzip, deflate, br',
  'accept-language': 'en',
  'user-agent': `Mozilla/5.0 (compatible; express-hubspot-identification/${VERSION}; doctor)`
}

async function readBody(response: IncomingMessage): Promise<string> {
  const decoder = DECODERS[response.headers['content-encoding']?.trim().toLowerCase() ?? '']?.()
  if (decoder) response.on('error', (error) => decoder.emit('error', error)).pipe(decoder)
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of decoder ?? response) {
      const bytes = Buffer.from(chunk)
      size += bytes.byteLength
      if (size > MAX_BODY_BYTES) throw new TooLarge()
      chunks.push(bytes)
    }
  } catch (thrown) {
    throw thrown instanceof TooLarge ? thrown : new BrokeOff('after the head', { cause: thrown })
  }
  return Buffer.concat(chunks).toString('utf8')
}
