// What a browser does in the session tests: keeps one cookie, sends it, and reads JSON. No rendering.
import { createHmac } from 'node:crypto'

/** What the site shows on its pages. */
export type Shown = {
  status: number
  user: string | null
  email: string | null
  token: string | null
  setCookie: boolean
}

/** One cookie jar. */
export class Browser {
  cookie: string | undefined
  readonly #url: string

  constructor(url: string, cookie?: string) {
    this.#url = url
    this.cookie = cookie
  }

  /** The id of the session that the cookie names. */
  get sessionId(): string {
    return /s:(.+)\.[^.]*$/.exec(decodeURIComponent(this.cookie ?? ''))?.[1] ?? ''
  }

  get(path: string): Promise<Shown> {
    return this.#send('GET', path)
  }

  post(path: string): Promise<Shown> {
    return this.#send('POST', path)
  }

  async #send(method: string, path: string): Promise<Shown> {
    const response = await fetch(this.#url + path, { method, headers: this.cookie ? { cookie: this.cookie } : {} })
    const setCookie = cookieOf(response)
    if (setCookie) this.cookie = setCookie
    return { ...((await response.json()) as Shown), status: response.status, setCookie: setCookie !== undefined }
  }
}

/** The session cookie that a response sets. */
export function cookieOf(response: Response): string | undefined {
  const set = response.headers.getSetCookie().find((cookie) => cookie.startsWith('connect.sid='))
  return set?.split(';')[0]
}

/** The cookie by which express-session knows a session (of the sites here, whose secret is no secret). */
export function cookieFor(sessionId: string): string {
  const signature = createHmac('sha256', 'secret').update(sessionId).digest('base64').replace(/=+$/, '')
  return `connect.sid=${encodeURIComponent(`s:${sessionId}.${signature}`)}`
}
