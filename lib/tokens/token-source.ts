// Where tokens come from: memory, then the shared store, then a mint. Concurrent calls for one visitor share the result. No Express, no
// session.
import { LRUCache } from 'lru-cache'
import type { Report } from '../diagnostics.js'
import type { Fault } from '../errors.js'
import type { PolicySettings } from '../mint/policy.js'
import type { Visitor } from '../visitor/visitor.js'
import { visitorKey } from './account.js'
import { type Identification, isNearEnd, isPlausibleEnd, isUsable, lifetimeOf } from './identification.js'
import { createLazyMint } from './load-minting.js'
import { createSharedTokens, type SharedTokenStore } from './shared-store.js'
import { audienceIn, type TokenHolder, tokenHolder } from './token-holder.js'
import type { UnderWay } from './under-way.js'

/** The settings of the token source. */
export type TokenSourceSettings = PolicySettings & {
  readonly tokenLifetimeMs: number
  readonly renewBeforeMs: number
  readonly cache: { readonly maxEntries: number; readonly store?: SharedTokenStore | undefined }
}

/** A token and where it was found (`from`), or the fault that prevented it. */
export type TokenResult =
  | {
      readonly ok: true
      readonly identification: Identification
      readonly from: 'memory' | 'store' | 'minted' | 'shared'
      /** Whether `forget()` was called for the visitor meanwhile; the token is then not kept. */
      readonly isForgotten?: boolean
    }
  | {
      readonly ok: false
      readonly fault: Fault
      readonly retryInMs: number
      /** Whether HubSpot was not called because of an earlier fault. */
      readonly isHeldBack: boolean
    }

/** The tokens of one instance. */
export type TokenSource = {
  /** Gives a visitor's keys. */
  holderOf(visitor: Visitor): TokenHolder
  /** A usable token from the memory of this process, without waiting. */
  peek(holder: TokenHolder): Identification | undefined
  /** Why no token is asked for at the moment for this visitor; `undefined` if it may be. */
  heldBack(holder: TokenHolder): Extract<TokenResult, { ok: false }> | undefined
  /** A token from memory, store or a mint; concurrent calls for one visitor share it. Never rejects. */
  get(holder: TokenHolder): Promise<TokenResult>
  /**
   * Renews a token in the background, at most once in five minutes for one visitor; if that fails, the old one stays in use.
   * Gives the result of the renewal; `undefined` when none is started. Never rejects.
   */
  renew(holder: TokenHolder): Promise<TokenResult> | undefined
  /**
   * Drops all tokens of this address, for every context, from memory and from the shared store. The result of a load that is running is
   * not kept. `false` if the store failed. Never rejects.
   */
  forget(holder: TokenHolder): Promise<boolean>
}

/** A read of the shared store, and the mint after it, that is running. */
type Load = { readonly holder: TokenHolder; isForgotten: boolean }

/** The shortest time between two mints for a visitor; without it, tokens that end at once would be minted on every page. */
const RENEWAL_INTERVAL_MS = 5 * 60 * 1000
const DEFAULT_RETRY_MS = 30_000
/** No hold is longer. */
const LONGEST_HOLD_MS = 60 * 60 * 1000

/** Creates the token source of an instance. */
export function createTokenSource(settings: TokenSourceSettings, report: Report, work: UnderWay): TokenSource {
  const { tokenLifetimeMs } = settings
  const { maxEntries } = settings.cache
  const mint = createLazyMint(settings, report)
  const shared = createSharedTokens({ store: settings.cache.store, tokenLifetimeMs }, report)
  // No `ttl`: lru-cache uses another clock (performance.now), and each token has its own expiry.
  const memory = new LRUCache<string, Identification>({ max: maxEntries })
  const holds = new LRUCache<string, { fault: Fault; untilMs: number }>({ max: maxEntries })
  const renewedAtMs = new LRUCache<string, number>({ max: maxEntries })
  // Not the `fetch` of lru-cache: the eviction of a running mint would reject everybody who waits for it.
  const loads = new Map<string, { readonly load: Load; readonly result: Promise<TokenResult> }>()
  const intervalMs = Math.min(RENEWAL_INTERVAL_MS, tokenLifetimeMs)

  function isRecent(atMs: number | undefined): boolean {
    return atMs !== undefined && Math.abs(Date.now() - atMs) < intervalMs
  }

  /** When the token in memory was minted, by this or another process. */
  function mintedAtMs(name: string): number | undefined {
    const known = memory.peek(name)
    return known && known.expiresAt - lifetimeOf(known.token, tokenLifetimeMs)
  }

  /** Reads the store, then mints. A token from the store is used only if it `suits`. */
  async function run(load: Load, suits: (found: Identification) => boolean): Promise<TokenResult> {
    const { name, visitor } = load.holder
    const stored = await shared?.read(load.holder)
    if (stored && suits(stored)) return keep(load, stored, 'store')
    const result = await mint(visitor)
    if (!result.ok) {
      if (result.holdMs > 0 && !load.isForgotten)
        holds.set(name, { fault: result.fault, untilMs: Date.now() + result.holdMs })
      const { fault, isHeldBack, holdMs } = result
      return { ok: false, fault, isHeldBack, retryInMs: holdMs || DEFAULT_RETRY_MS }
    }
    const expiresAt = result.sentAtMs + lifetimeOf(result.token, tokenLifetimeMs)
    return keep(load, { email: visitor.email, token: result.token, expiresAt }, 'minted')
  }

  function keep(load: Load, identification: Identification, from: 'store' | 'minted'): TokenResult {
    if (load.isForgotten) return { ok: true, identification, from, isForgotten: true }
    const { name } = load.holder
    holds.delete(name)
    memory.set(name, identification)
    // Not awaited: the page need not wait for the write.
    if (shared && from === 'minted') work.add(shared.write(load.holder, identification))
    return { ok: true, identification, from }
  }

  function share(holder: TokenHolder, suits: (found: Identification) => boolean): Promise<TokenResult> {
    const { name } = holder
    const load: Load = { holder, isForgotten: false }
    const result = run(load, suits).finally(() => {
      if (loads.get(name)?.load === load) loads.delete(name)
    })
    loads.set(name, { load, result })
    work.add(result)
    return result
  }

  /** Drops the tokens and holds of an address in this process; gives the audiences (account and context) that it had. */
  function forgetHere(email: string): string[] {
    const names = [memory, holds, renewedAtMs, loads].flatMap((kept) => [...kept.keys()])
    return [...new Set(names)].flatMap((name) => {
      const audience = audienceIn(name, email)
      if (audience === undefined) return []
      for (const kept of [memory, holds, renewedAtMs]) kept.delete(name)
      const loading = loads.get(name)
      if (loading) loading.load.isForgotten = true
      loads.delete(name)
      return [audience]
    })
  }

  const source: TokenSource = {
    holderOf(visitor) {
      return tokenHolder(settings.account, visitor)
    },
    peek({ name }) {
      const found = memory.get(name)
      return found && isPlausibleEnd(found.expiresAt, Date.now(), tokenLifetimeMs) ? found : undefined
    },
    heldBack({ name }) {
      const hold = holds.get(name)
      const leftMs = hold ? hold.untilMs - Date.now() : 0
      // Longer than any hold can be: the clock was set back.
      if (!hold || leftMs <= 0 || leftMs > LONGEST_HOLD_MS) return undefined
      return { ok: false, fault: hold.fault, retryInMs: leftMs, isHeldBack: true }
    },
    async get(holder) {
      const found = source.peek(holder)
      if (found) {
        if (isNearEnd(found, settings, Date.now())) void source.renew(holder)
        return { ok: true, identification: found, from: 'memory' }
      }
      const loading = loads.get(holder.name)
      if (loading) {
        const result = await loading.result
        return result.ok ? { ...result, from: 'shared' } : result
      }
      if (isRecent(mintedAtMs(holder.name))) return tooSoon()
      return source.heldBack(holder) ?? share(holder, (stored) => isUsable(stored, Date.now()))
    },
    renew(holder) {
      const { name } = holder
      if (loads.has(name) || isRecent(mintedAtMs(name)) || isRecent(renewedAtMs.get(name)) || source.heldBack(holder))
        return undefined
      renewedAtMs.set(name, Date.now())
      return share(holder, (stored) => !isNearEnd(stored, settings, Date.now()))
    },
    async forget({ email, account }) {
      const audiences = new Set([settings.account, account, ...forgetHere(email)])
      if (!shared) return true
      const keys = [...audiences].map((audience) => visitorKey(audience, email))
      const isRemoved = await shared.remove(keys)
      // A page may have read a token from the store meanwhile.
      forgetHere(email)
      return isRemoved
    }
  }
  return source
}

/** The result for a visitor whose last token, minted within the interval, has ended already: HubSpot or a clock is wrong. */
function tooSoon(): TokenResult {
  const hint = 'HubSpot gives tokens that expire within minutes; see status.hubspot.com, and check "tokenLifetimeMs".'
  return {
    ok: false,
    fault: {
      code: 'ERR_RATE_LIMITED',
      retryable: true,
      hint,
      message: `This visitor had a token minutes ago. ${hint}`
    },
    isHeldBack: true,
    retryInMs: DEFAULT_RETRY_MS
  }
}
