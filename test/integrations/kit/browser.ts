// A browser without scripts: keeps cookies by host, follows redirects, and records Set-Cookie lines.

/** The response after all redirects; `set` are the Set-Cookie lines of all responses. */
export type Answer = {
  readonly url: string
  readonly status: number
  readonly text: string
  readonly headers: Headers
  readonly set: readonly string[]
}

const MAX_REDIRECTS = 20

export class Browser {
  /** Headers of every request, for front ends with bearer tokens. */
  readonly headers: Record<string, string> = {}
  readonly #jars = new Map<string, Map<string, string>>()

  /** Sets a cookie, as a script of the page would. */
  setCookie(url: string, name: string, value: string): void {
    this.#jar(new URL(url)).set(name, value)
  }

  /** Removes a cookie, as a script of the page would. */
  removeCookie(url: string, name: string): void {
    this.#jar(new URL(url)).delete(name)
  }

  async get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#go(url, { headers })
  }

  async post(url: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#go(url, { method: 'POST', body: new URLSearchParams(fields), headers })
  }

  async postJson(url: string, value: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const withType = { 'content-type': 'application/json', ...headers }
    return this.#go(url, { method: 'POST', body: JSON.stringify(value), headers: withType })
  }

  #jar({ hostname }: URL): Map<string, string> {
    const jar = this.#jars.get(hostname) ?? new Map<string, string>()
    this.#jars.set(hostname, jar)
    return jar
  }

  async #go(start: string, init: RequestInit & { headers: Record<string, string> }): Promise<Answer> {
    const set: string[] = []
    let url = new URL(start)
    let request: RequestInit & { headers: Record<string, string> } = init
    for (let redirects = 0; redirects < MAX_REDIRECTS; redirects += 1) {
      const cookie = [...this.#jar(url)].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { ...this.headers, ...request.headers, ...(cookie && { cookie }) }
      const response = await fetch(url, { ...request, headers, redirect: 'manual' })
      const lines = response.headers.getSetCookie()
      set.push(...lines)
      for (const line of lines) this.#keep(url, line)
      const text = await response.text()
      const location = response.headers.get('location')
      if (!location || response.status < 300 || response.status > 399) {
        return { url: url.href, status: response.status, text, headers: response.headers, set }
      }
      url = new URL(location, url)
      request = { headers: {} }
    }
    throw new Error(`More than ${MAX_REDIRECTS} redirects from ${start}`)
  }

  #keep(url: URL, line: string): void {
    const [pair = ''] = line.split(';')
    const name = pair.slice(0, pair.indexOf('='))
    const jar = this.#jar(url)
    if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) jar.delete(name)
    else jar.set(name, pair.slice(pair.indexOf('=') + 1))
  }
}

/** Whether these lines expire a cookie of the chat. */
export function expiresChat(set: readonly string[]): boolean {
  return set.some((line) => line.startsWith('messagesUtk=;') && /max-age=0|expires=thu, 01 jan 1970/i.test(line))
}
