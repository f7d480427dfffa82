// A keep-alive HTTP/1.1 client over a socket, which needs less CPU than the servers that it measures.
import { connect, type Socket } from 'node:net'

/** A response; the body as Latin-1 text. */
export type Answer = { readonly status: number; readonly head: string; readonly body: string }

/** One connection to a server on this machine; one request at a time. */
export class Connection {
  readonly #port: number
  #socket: Socket | undefined
  #received = ''
  #settle: { resolve(answer: Answer): void; reject(error: Error): void } | undefined

  constructor(port: number) {
    this.#port = port
  }

  /** Sends a complete request as text; the response must have a Content-Length. */
  send(request: string): Promise<Answer> {
    this.#socket ??= this.#open()
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#socket?.write(request, 'latin1')
    })
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #open(): Socket {
    const socket = connect(this.#port, '127.0.0.1').setNoDelay().setEncoding('latin1')
    socket.on('data', (chunk: string) => this.#take(chunk))
    const fail = (error?: Error) => {
      this.#socket = undefined
      this.#received = ''
      this.#settle?.reject(error ?? new Error('the connection was closed'))
      this.#settle = undefined
    }
    socket.once('error', fail)
    socket.once('close', () => fail())
    return socket
  }

  #take(chunk: string): void {
    this.#received = this.#received === '' ? chunk : this.#received + chunk
    const headEnd = this.#received.indexOf('\r\n\r\n')
    if (headEnd === -1) return
    const head = this.#received.slice(0, headEnd)
    const status = Number(head.slice(9, 12))
    const length = status === 204 || status === 304 ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1])
    if (Number.isNaN(length)) {
      this.#socket?.destroy(new Error(`an answer without Content-Length:\n${head}`))
      return
    }
    const end = headEnd + 4 + length
    if (this.#received.length < end) return
    const body = this.#received.slice(headEnd + 4, end)
    this.#received = this.#received.slice(end)
    const settle = this.#settle
    this.#settle = undefined
    settle?.resolve({ status, head, body })
  }
}

/** A request as text, as a proxy that terminates TLS forwards it. */
export function requestText(
  method: 'GET' | 'POST',
  path: string,
  { cookie, body, side }: { cookie?: string; body?: string; side?: string | undefined } = {}
): string {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: app.example',
    'User-Agent: bench',
    'Accept: text/html,application/xhtml+xml',
    'Accept-Language: en',
    'Sec-Fetch-Dest: document',
    'X-Forwarded-Proto: https',
    ...(side ? [`X-Side: ${side}`] : []),
    ...(cookie ? [`Cookie: ${cookie}`] : []),
    ...(method === 'POST' ? [`Content-Length: ${Buffer.byteLength(body ?? '')}`] : [])
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`
}

/** Adds the cookies of a response to those of a browser; drops expired ones. */
export function cookiesAfter(answer: Answer, before: ReadonlyMap<string, string>): Map<string, string> {
  const after = new Map(before)
  for (const [, name = '', value = '', rest = ''] of answer.head.matchAll(
    /\r\nset-cookie: ([^=]+)=([^;\r]*)([^\r]*)/gi
  )) {
    if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(rest)) after.delete(name)
    else after.set(name, value)
  }
  return after
}

/** The value of the Cookie header. */
export function cookieHeader(cookies: ReadonlyMap<string, string>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}
