// The tokens that several processes share: reads and writes of a Keyv-shaped store, parsed on the way in.
import type { Report } from '../diagnostics.js'
import { type Identification, type KeptIdentification, parseKept } from './identification.js'
import { createLazySideCall } from './load-minting.js'

/**
 * A store that processes share, Keyv-shaped: `new Keyv(new KeyvRedis(url))` fits. Values are JSON; they expire by themselves.
 */
export type SharedTokenStore = {
  get(key: string): unknown
  set(key: string, value: KeptIdentification, ttlMs: number): unknown
  delete(key: string): unknown
}

/** Whose token is asked for. */
export type Holder = { readonly key: string; readonly email: string; readonly account: string }

/** The shared tokens of one instance. Neither call ever throws, and each ends within 250 ms. */
export type SharedTokens = {
  read(holder: Holder): Promise<Identification | undefined>
  write(holder: Holder, identification: Identification): Promise<void>
}

/** Without a store there is nothing to read and nothing is written. */
export function createSharedTokens(
  { store, tokenLifetimeMs }: { store: SharedTokenStore | undefined; tokenLifetimeMs: number },
  report: Report
): SharedTokens | undefined {
  if (!store) return undefined
  const sideCall = createLazySideCall('shared token store ("cache.store")', report)
  return {
    async read({ key, email, account }) {
      const found = await sideCall(async () =>
        parseKept(await store.get(key), { email, account, nowMs: Date.now(), tokenLifetimeMs })
      )
      return found.ok ? found.value : undefined
    },
    async write({ key, account }, identification) {
      const ttlMs = identification.expiresAt - Date.now()
      if (ttlMs > 0) await sideCall(() => store.set(key, { ...identification, account }, ttlMs))
    }
  }
}
