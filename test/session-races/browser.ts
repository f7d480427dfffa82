// A minimal HTTP client for the session tests: keeps the session cookie, sends it, and reads JSON.
import { createHmac } from 'node:crypto'

/** A response of the site: the JSON of its page, the status, and whether it sets the session cookie. */
export type Shown = {
  status: number
  user: string | null
  email: string | null
  token: string | null
  setCookie: boolean
}

/** A client with one session cookie. */
export class Browser {
  cookie: string | undefined
  readonly #url: string

  constructor(url: string, cookie?: string) {
    this.#url = url
    this.cookie = cookie
  }

  /** The session id in the cookie. */
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

/** The signed cookie of express-session for a session id; the sites of these tests use `secret` as secret. */
export function cookieFor(sessionId: string): string {
  const signature = createHmac('sha256', 'secret').update(sessionId).digest('base64').replace(/=+$/, '')
  return `connect.sid=${encodeURIComponent(`s:${sessionId}.${signature}`)}`
}
