// Whose token it is, and under which keys: in this process, and in a shared store.
import type { Visitor } from '../visitor/visitor.js'
import { resolveAudience, visitorKey } from './account.js'
import type { Holder } from './shared-store.js'

/** Whose token it is, with its keys worked out. */
export type TokenHolder = Holder & {
  readonly visitor: Visitor
  /** What names them in this process; it holds the address, and never leaves the memory. */
  readonly name: string
}

/** Works out the keys of a visitor of this account. */
export function tokenHolder(account: string, visitor: Visitor): TokenHolder {
  return new LazyHolder(visitor, resolveAudience(account, visitor))
}

/** For which account and context a holder of this address has this name; `undefined` when it is another address. */
export function audienceIn(name: string, email: string): string | undefined {
  const [audience, address] = name.split(' ')
  return address === email ? audience : undefined
}

/** Most pages find their token on the session and need no name; only a shared store needs the key, which is a hash. */
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
    // Neither of them contains a space.
    this.#name ??= `${this.account} ${this.email}`
    return this.#name
  }

  get key(): string {
    this.#key ??= visitorKey(this.account, this.email)
    return this.#key
  }
}
