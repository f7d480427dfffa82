// Tokens shared between processes: reads from and writes to a Keyv-shaped store. What is read is parsed.
import type { Report } from '../diagnostics.js'
import { type Identification, type KeptIdentification, parseKept } from './identification.js'
import { createLazySideCall } from './load-minting.js'

/**
 * A store shared between processes, with Keyv's methods: `new Keyv(new KeyvRedis(url))` fits. Values are JSON and expire after `ttlMs`.
 */
export type SharedTokenStore = {
  get(key: string): unknown
  set(key: string, value: KeptIdentification, ttlMs: number): unknown
  delete(key: string): unknown
}

/** The visitor of a token: address, account, and the key in a shared store. */
export type Holder = { readonly key: string; readonly email: string; readonly account: string }

/** The shared tokens of one instance. They never throw, and wait at most 250 ms for each call of the store. */
export type SharedTokens = {
  read(holder: Holder): Promise<Identification | undefined>
  write(holder: Holder, identification: Identification): Promise<void>
  /** Deletes these keys; `false` if that failed. */
  remove(keys: readonly string[]): Promise<boolean>
}

/** Creates the shared tokens of an instance; `undefined` without a store. */
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
        // A write that is still running could arrive after the deletion.
        await writes.get(key)
        return sideCall(() => store.delete(key))
      })
      return (await Promise.all(removals)).every(({ ok }) => ok)
    }
  }
}
