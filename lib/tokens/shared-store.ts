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

/** The shared tokens of one instance. No call ever throws, and each call of the store ends within 250 ms. */
export type SharedTokens = {
  read(holder: Holder): Promise<Identification | undefined>
  write(holder: Holder, identification: Identification): Promise<void>
  /** Deletes these keys; `false` when that failed. */
  remove(keys: readonly string[]): Promise<boolean>
}

/** Without a store there is nothing to read and nothing is written. */
export function createSharedTokens(
  { store, tokenLifetimeMs }: { store: SharedTokenStore | undefined; tokenLifetimeMs: number },
  report: Report
): SharedTokens | undefined {
  if (!store) return undefined
  const sideCall = createLazySideCall('shared token store ("cache.store")', report)
  const writes = new Map<string, Promise<unknown>>()
  return {
    async read({ key, email, account }) {
      const found = await sideCall(async () =>
        parseKept(await store.get(key), { email, account, nowMs: Date.now(), tokenLifetimeMs })
      )
      return found.ok ? found.value : undefined
    },
    async write({ key, account }, identification) {
      const ttlMs = identification.expiresAt - Date.now()
      if (ttlMs <= 0) return
      const write = sideCall(() => store.set(key, { ...identification, account }, ttlMs))
      writes.set(key, write)
      await write
      if (writes.get(key) === write) writes.delete(key)
    },
    async remove(keys) {
      const removals = keys.map(async (key) => {
        // Else the store could get the write after the deletion.
        await writes.get(key)
        return sideCall(() => store.delete(key))
      })
      return (await Promise.all(removals)).every(({ ok }) => ok)
    }
  }
}
