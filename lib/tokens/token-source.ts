// Where tokens come from: memory, then the shared store, then one mint that all who ask for the visitor share. No Express, no session.
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

/** The part of the settings that decides how tokens are kept. */
export type TokenSourceSettings = PolicySettings & {
  readonly tokenLifetimeMs: number
  readonly renewBeforeMs: number
  readonly cache: { readonly maxEntries: number; readonly store?: SharedTokenStore | undefined }
}

/** What asking for a token gave; `from` says where it was found. A failure is data: errors are made where they are handed out. */
export type TokenResult =
  | {
      readonly ok: true
      readonly identification: Identification
      readonly from: 'memory' | 'store' | 'minted' | 'shared'
      /** Whether the visitor was forgotten while HubSpot was asked: then it is kept nowhere. */
      readonly isForgotten?: boolean
    }
  | {
      readonly ok: false
      readonly fault: Fault
      readonly retryInMs: number
      /** Whether HubSpot was not asked because of an earlier fault. */
      readonly isHeldBack: boolean
    }

/** The tokens of one instance. */
export type TokenSource = {
  /** Works out the keys of a visitor. */
  holderOf(visitor: Visitor): TokenHolder
  /** A usable token of this process's memory, at once. */
  peek(holder: TokenHolder): Identification | undefined
  /** Why this visitor is not asked for at the moment, if so. */
  heldBack(holder: TokenHolder): Extract<TokenResult, { ok: false }> | undefined
  /** Memory, store, mint; whoever asks for the same visitor meanwhile shares the answer. Never rejects. */
  get(holder: TokenHolder): Promise<TokenResult>
  /**
   * Renews a token behind the page, at most once in five minutes for one visitor; a failure leaves the old one in use.
   * Gives what becomes of it, if a renewal begins here. Never rejects.
   */
  renew(holder: TokenHolder): Promise<TokenResult> | undefined
  /**
   * Drops all tokens of this address, in whatever context, from memory and from the shared store; a load that is under way is not
   * kept. `false` when the store failed. Never rejects.
   */
  forget(holder: TokenHolder): Promise<boolean>
}

/** A token on its way: from the shared store, or from HubSpot. */
type Load = { readonly holder: TokenHolder; isForgotten: boolean }

/** Shorter-lived tokens would otherwise be minted on every page. */
const RENEWAL_INTERVAL_MS = 5 * 60 * 1000
const DEFAULT_RETRY_MS = 30_000
/** The longest that a visitor is ever held back. */
const LONGEST_HOLD_MS = 60 * 60 * 1000

/** Builds the token source of an instance. */
export function createTokenSource(settings: TokenSourceSettings, report: Report, work: UnderWay): TokenSource {
  const { tokenLifetimeMs } = settings
  const { maxEntries } = settings.cache
  const mint = createLazyMint(settings, report)
  const shared = createSharedTokens({ store: settings.cache.store, tokenLifetimeMs }, report)
  // No `ttl` here: lru-cache counts on a clock of its own, and an ended token says so itself.
  const memory = new LRUCache<string, Identification>({ max: maxEntries })
  const holds = new LRUCache<string, { fault: Fault; untilMs: number }>({ max: maxEntries })
  const renewedAtMs = new LRUCache<string, number>({ max: maxEntries })
  // Not lru-cache's own fetch: evicting a mint that is under way would reject everybody who waits for it.
  const loads = new Map<string, { readonly load: Load; readonly result: Promise<TokenResult> }>()
  const intervalMs = Math.min(RENEWAL_INTERVAL_MS, tokenLifetimeMs)

  function isRecent(atMs: number | undefined): boolean {
    return atMs !== undefined && Math.abs(Date.now() - atMs) < intervalMs
  }

  /** When the token in memory was minted, here or by another process. */
  function mintedAtMs(name: string): number | undefined {
    const known = memory.peek(name)
    return known && known.expiresAt - lifetimeOf(known.token, tokenLifetimeMs)
  }

  /** Store, then mint. A token that another process put into the store counts only when it still `suits`. */
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
    // Not awaited: the page need not wait for the other processes to know.
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

  /** Drops all that this process holds of an address, and gives the audiences that it was known for. */
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
      // Longer than any hold: the clock was put right.
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
      // A page may have read the store meanwhile.
      forgetHere(email)
      return isRemoved
    }
  }
  return source
}

/** A token that ended within minutes of its mint: HubSpot, or a clock, is not to be believed. */
function tooSoon(): TokenResult {
  const hint = 'HubSpot gives tokens that end within minutes; look at its status page, and at "tokenLifetimeMs".'
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
