// One GET with a browser's headers, which the global fetch does not allow. Decodes the body, up to a maximum size.
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { VERSION } from '../../mint/version.js'

/** An answer with its whole body. */
export type Answer = {
  readonly url: URL
  readonly status: number
  /** Several headers with one name are joined with commas. */
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Thrown for a body that is too large. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

/** Thrown if the answer breaks off, or cannot be decoded, after its head. */
export class BrokeOff extends Error {
  override readonly name = 'BrokeOff'
}

/** Far larger than any page; limits the memory that an endless body can use. */
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
