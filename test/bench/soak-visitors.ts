// The visitors of part 6: they log in, view pages and log out, and check the identity on each page.
import { Connection, cookieHeader, cookiesAfter, requestText } from './support/connection.js'

/** The results of the visits. */
export type Seen = {
  pages: number
  anonymous: number
  identified: number
  wrong: number
  logins: number
  logouts: number
}

type Visitor = { cookies: Map<string, string>; loggedIn: boolean; busy: boolean }

const CONNECTIONS = 32
const LOGIN_SHARE = 0.1
const LOGOUT_SHARE = 0.02

/** The visitors of an app. */
export class Visitors {
  readonly seen: Seen = { pages: 0, anonymous: 0, identified: 0, wrong: 0, logins: 0, logouts: 0 }
  readonly #visitors: Visitor[]
  readonly #connections: Connection[]

  constructor(port: number, visitors: number) {
    this.#visitors = Array.from({ length: visitors }, () => ({ cookies: new Map(), loggedIn: false, busy: false }))
    this.#connections = Array.from({ length: CONNECTIONS }, () => new Connection(port))
  }

  /** Every visitor comes once; five of six log in. With the logins and logouts of `view` this share remains the same. */
  async comeOnce(): Promise<void> {
    let next = 0
    await this.#onAllConnections(async (connection) => {
      while (next < this.#visitors.length) {
        const number = next
        next += 1
        if (number % 6 !== 0) await this.#logIn(connection, number)
        await this.#view(connection, number)
      }
    })
  }

  /** Views this many pages of random visitors; some log in or out before. */
  async view(pages: number): Promise<void> {
    let left = pages
    await this.#onAllConnections(async (connection) => {
      while (left > 0) {
        const number = Math.floor(Math.random() * this.#visitors.length)
        const visitor = this.#visitors[number]
        if (!visitor || visitor.busy) continue
        left -= 1
        visitor.busy = true
        const chance = Math.random()
        if (visitor.loggedIn && chance < LOGOUT_SHARE) await this.#logOut(connection, number)
        else if (!visitor.loggedIn && chance < LOGIN_SHARE) await this.#logIn(connection, number)
        await this.#view(connection, number)
        visitor.busy = false
      }
    })
  }

  close(): void {
    for (const connection of this.#connections) connection.close()
  }

  async #onAllConnections(work: (connection: Connection) => Promise<void>): Promise<void> {
    await Promise.all(this.#connections.map(work))
  }

  async #logIn(connection: Connection, number: number): Promise<void> {
    await this.#send(connection, number, 'POST', `/login/${number}`)
    this.seen.logins += 1
    this.#of(number).loggedIn = true
  }

  async #logOut(connection: Connection, number: number): Promise<void> {
    await this.#send(connection, number, 'POST', '/logout')
    this.seen.logouts += 1
    this.#of(number).loggedIn = false
  }

  async #view(connection: Connection, number: number): Promise<void> {
    const { body } = await this.#send(connection, number, 'GET', '/')
    const { loggedIn } = this.#of(number)
    this.seen.pages += 1
    if (!loggedIn) this.seen.anonymous += 1
    const isOwn = body.startsWith(`{"identificationEmail":"user${number}@example.com","identificationToken":"ey`)
    if (loggedIn && isOwn) this.seen.identified += 1
    else if (body !== '{}') this.seen.wrong += 1
  }

  async #send(connection: Connection, number: number, method: 'GET' | 'POST', path: string) {
    const visitor = this.#of(number)
    const answer = await connection.send(requestText(method, path, { cookie: cookieHeader(visitor.cookies) }))
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`)
    visitor.cookies = cookiesAfter(answer, visitor.cookies)
    return answer
  }

  #of(number: number): Visitor {
    return this.#visitors[number] as Visitor
  }
}
