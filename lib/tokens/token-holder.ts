// The visitor of a token with the keys of it: one for the memory of this process, one for a shared store.
import type { Visitor } from '../visitor/visitor.js'
import { resolveAudience, visitorKey } from './account.js'
import type { Holder } from './shared-store.js'

/** The visitor of a token, with its keys. */
export type TokenHolder = Holder & {
  readonly visitor: Visitor
  /** The key in this process. It contains the address, so it is used in memory only. */
  readonly name: string
}

/** Creates the holder for a visitor of this account. */
export function tokenHolder(account: string, visitor: Visitor): TokenHolder {
  return new LazyHolder(visitor, resolveAudience(account, visitor))
}

/** The account and context in a name; `undefined` if the name is that of another address. */
export function audienceIn(name: string, email: string): string | undefined {
  const [audience, address] = name.split(' ')
  return address === email ? audience : undefined
}

/** Computes the keys when they are first read: most pages find their token on the session and need none. */
class LazyHolder implements TokenHolder {
  readonly visitor: Visitor
  readonly email: string
  readonly account: string
  #name: string | undefined
  #key: string | undefined

  constructor(visitor: Visitor, account: string) {
    this.visitor = visitor
    this.email = visitor.email
    this.account = account
  }

  get name(): string {
    // Neither part contains a space.
    this.#name ??= `${this.account} ${this.email}`
    return this.#name
  }

  get key(): string {
    this.#key ??= visitorKey(this.account, this.email)
    return this.#key
  }
}
