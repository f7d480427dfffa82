// Stores that need no package: MemoryStore, and stores as apps write them.
import { setTimeout as wait } from 'node:timers/promises'
import expressSession, { type SessionData, type Store } from 'express-session'
import type { StoreKind } from './kinds.js'

type Callback = (error?: unknown, data?: SessionData | null) => void

/** A minimal store of an app, which answers with a delay. */
class OwnStore extends expressSession.Store {
  readonly #rows = new Map<string, string>()
  async #later<T>(work: () => T, done?: (error: null, value: T) => void): Promise<T> {
    await wait(Math.random() * 3)
    const value = work()
    await wait(Math.random() * 3)
    done?.(null, value)
    return value
  }
  override get(id: string, done: Callback): Promise<unknown> {
    return this.#later(() => JSON.parse(this.#rows.get(id) ?? 'null'), done)
  }
  override set(id: string, session: SessionData, done?: Callback): Promise<unknown> {
    return this.#later(() => void this.#rows.set(id, JSON.stringify(session)), done as never)
  }
  override destroy(id: string, done?: Callback): Promise<unknown> {
    return this.#later(() => void this.#rows.delete(id), done as never)
  }
}

/** A store whose `touch` reads the session and writes it with the new cookie, by calling its own `set`. */
class SettingTouch extends OwnStore {
  override touch(id: string, session: SessionData, done?: () => void): void {
    void this.get(id, (_error, row) => {
      if (row) void this.set(id, { ...row, cookie: session.cookie }, done)
      else done?.()
    })
  }
}

/** A store whose methods return promises, and also call the callback for express-session. */
class PromisingStore extends expressSession.Store {
  readonly #inner = new OwnStore()
  #tell(promise: Promise<unknown>, done?: (...args: never[]) => void): Promise<unknown> {
    promise.then(
      (value) => (done as Callback | undefined)?.(null, value as never),
      (error) => (done as Callback | undefined)?.(error)
    )
    return promise
  }
  override async get(id: string, done: Callback): Promise<unknown> {
    return this.#tell(
      this.#inner.get(id, () => undefined),
      done
    )
  }
  override async set(id: string, session: SessionData, done?: Callback): Promise<unknown> {
    return this.#tell(this.#inner.set(id, session), done)
  }
  override async destroy(id: string, done?: Callback): Promise<unknown> {
    return this.#tell(this.#inner.destroy(id), done)
  }
}

/** A store whose methods are not its own properties but on its prototype object. */
function onPrototype(): Store {
  const store = new OwnStore()
  const methods = Object.fromEntries(
    (['get', 'set', 'destroy'] as const).map((name) => [name, store[name].bind(store)])
  )
  return Object.create(Object.assign(Object.create(expressSession.Store.prototype), methods))
}

/** Kinds that need no package. */
export const OWN: StoreKind[] = [
  { name: 'MemoryStore', packages: {}, open: () => ({ store: new expressSession.MemoryStore() }) },
  { name: 'of the app: without `touch`, private fields', packages: {}, open: () => ({ store: new OwnStore() }) },
  { name: 'of the app: promises', packages: {}, open: () => ({ store: new PromisingStore() }) },
  { name: 'of the app: methods on a prototype', packages: {}, open: () => ({ store: onPrototype() }) },
  {
    name: 'of the app: `touch` calls its own `set`',
    packages: {},
    isUnsafeAlone: true,
    open: () => ({ store: new SettingTouch() })
  },
  {
    name: 'of the app: wrapped after the middleware was made',
    packages: {},
    isUnsafeAlone: true,
    open() {
      const store = new SettingTouch()
      const wrap = () => {
        for (const name of ['get', 'set', 'destroy'] as const) {
          const inner = store[name].bind(store) as (...args: never[]) => unknown
          Object.assign(store, { [name]: (...args: never[]) => inner(...args) })
        }
      }
      return { store, wrap }
    }
  }
]
