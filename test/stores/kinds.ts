// All session stores that the tests try.
import type { Store } from 'express-session'
import { FROM_NPM } from './npm-stores.js'
import { OWN } from './own-stores.js'

/** A server that a store needs. */
export type ServerName = 'Redis' | 'PostgreSQL' | 'MariaDB' | 'memcached'

/** The arguments for opening a store. */
export type Surroundings = {
  /** Loads an installed package. */
  readonly load: (name: string) => never
  /** Port of the store's server on 127.0.0.1. */
  readonly port: number
  /** An empty folder for this store. */
  readonly folder: string
}

/** An open store. */
export type OpenStore = {
  readonly store: Store
  /** When the server deletes a session, in milliseconds since the epoch; without it the expiry of the cookie counts. */
  readonly keptUntil?: (sessionId: string) => Promise<number>
  /** Called after the middleware was created: replaces the methods of the store. */
  readonly wrap?: () => void
  readonly close?: () => unknown
}

/** One kind of store. */
export type StoreKind = {
  /** The name in docs/stores.md. */
  readonly name: string
  /** npm packages, `name: range`. */
  readonly packages: Readonly<Record<string, string>>
  readonly server?: ServerName
  /** Without the library, the store revives sessions and loses changes. */
  readonly isUnsafeAlone?: true
  open(surroundings: Surroundings): OpenStore | Promise<OpenStore>
}

/** All kinds; first those that need no package. */
export const STORE_KINDS: readonly StoreKind[] = [...OWN, ...FROM_NPM]

/** Whether a kind needs no package. */
export const needsNothing = ({ packages }: StoreKind): boolean => Object.keys(packages).length === 0
