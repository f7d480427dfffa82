// Every session store that the session rules are tried on.
import type { Store } from 'express-session'
import { FROM_NPM } from './npm-stores.js'
import { OWN } from './own-stores.js'

/** A server that a store needs. */
export type ServerName = 'Redis' | 'PostgreSQL' | 'MariaDB' | 'memcached'

/** What a store is opened with. */
export type Surroundings = {
  /** Loads an installed package. */
  readonly load: (name: string) => never
  /** Port of the store's server on 127.0.0.1. */
  readonly port: number
  /** A folder of the store's own. */
  readonly folder: string
}

/** A store with a way to close what it holds open. */
export type OpenStore = {
  readonly store: Store
  /** Until when the server keeps a session, in milliseconds since the epoch; without it the stored cookie tells. */
  readonly keptUntil?: (sessionId: string) => Promise<number>
  /** Called after the middleware was made. */
  readonly wrap?: () => void
  readonly close?: () => unknown
}

/** One kind of store. */
export type StoreKind = {
  /** As docs/stores.md names it. */
  readonly name: string
  /** Packages of npm, `name: range`. */
  readonly packages: Readonly<Record<string, string>>
  readonly server?: ServerName
  /** Without the library, it revives sessions and loses changes. */
  readonly isUnsafeAlone?: true
  open(surroundings: Surroundings): OpenStore | Promise<OpenStore>
}

/** All kinds; those of the repository alone first. */
export const STORE_KINDS: readonly StoreKind[] = [...OWN, ...FROM_NPM]

/** Whether a kind needs nothing but this repository. */
export const needsNothing = ({ packages }: StoreKind): boolean => Object.keys(packages).length === 0
