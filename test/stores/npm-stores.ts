// Stores from npm, each set up as in its documentation.
import { type EventEmitter, once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import expressSession, { type Store } from 'express-session'
import type { StoreKind } from './kinds.js'
import { collectionInMemory } from './mongo-collection.js'

type AnyFunction = (...args: never[]) => unknown
type Loaded = Record<string, AnyFunction & (new (...args: unknown[]) => never)> &
  ((...args: unknown[]) => Loaded) &
  (new (
    ...args: unknown[]
  ) => never)

/** A CommonJS or ES module's main export. */
function main(module: unknown): Loaded {
  const { default: inner } = module as { default?: Loaded }
  return inner ?? (module as Loaded)
}

const SQL_LOGIN = { host: '127.0.0.1', user: 'stores', password: 'stores', database: 'stores' }

/** Kinds from npm. */
export const FROM_NPM: StoreKind[] = [
  {
    name: 'memorystore 1',
    packages: { memorystore: '^1.6.7' },
    open: ({ load }) => ({ store: new (main(load('memorystore'))(expressSession) as Loaded)({ checkPeriod: 0 }) })
  },
  {
    name: 'connect-redis 10, node-redis',
    packages: { 'connect-redis': '^10.0.0', redis: '^5.0.0' },
    server: 'Redis',
    async open({ load, port }) {
      const client = (load('redis') as Loaded)['createClient']?.({
        url: `redis://127.0.0.1:${port}`
      } as never) as never as {
        connect(): Promise<void>
        destroy(): void
        pTTL(key: string): Promise<number>
      }
      await client.connect()
      const { RedisStore } = load('connect-redis') as Loaded
      const store = new (RedisStore as Loaded)({ client, prefix: 'r10:' }) as Store
      return {
        store,
        keptUntil: async (id) => Date.now() + (await client.pTTL(`r10:${id}`)),
        close: () => client.destroy()
      }
    }
  },
  {
    name: 'connect-redis 6, ioredis',
    packages: { 'connect-redis-6': 'npm:connect-redis@^6.1.3', ioredis: '^5.0.0' },
    server: 'Redis',
    open({ load, port }) {
      const client = new (main(load('ioredis')))(port, '127.0.0.1') as {
        quit(): Promise<unknown>
        pttl(key: string): Promise<number>
      }
      const RedisStore = main(load('connect-redis-6'))(expressSession)
      return {
        store: new RedisStore({ client, prefix: 'r6:' }),
        keptUntil: async (id) => Date.now() + (await client.pttl(`r6:${id}`)),
        close: () => client.quit()
      }
    }
  },
  {
    name: 'connect-pg-simple 10, PostgreSQL',
    packages: { 'connect-pg-simple': '^10.0.0', pg: '^8.0.0' },
    server: 'PostgreSQL',
    open({ load, port }) {
      const { Pool } = load('pg') as Loaded
      const pool = new (Pool as Loaded)({ ...SQL_LOGIN, port }) as {
        query(text: string, values: unknown[]): Promise<{ rows: { expire: Date }[] }>
        end(): Promise<void>
      }
      const PgStore = main(load('connect-pg-simple'))(expressSession)
      const settings = { pool, createTableIfMissing: true, pruneSessionInterval: false }
      return {
        store: new PgStore(settings),
        keptUntil: async (id) =>
          (await pool.query('SELECT expire FROM session WHERE sid = $1', [id])).rows[0]?.expire.getTime() ?? 0,
        close: () => pool.end()
      }
    }
  },
  {
    name: 'express-mysql-session 3, MariaDB',
    packages: { 'express-mysql-session': '^3.0.0', mysql2: '^3.0.0' },
    server: 'MariaDB',
    async open({ load, port }) {
      const MySqlStore = main(load('express-mysql-session'))(expressSession)
      const store = new MySqlStore({ ...SQL_LOGIN, port, clearExpired: false }) as Store & {
        onReady(): Promise<void>
        close(): Promise<void>
        query(sql: string, values: unknown[]): Promise<[{ expires: number }[]]>
      }
      await store.onReady()
      return {
        store,
        keptUntil: async (id) =>
          ((await store.query('SELECT expires FROM sessions WHERE session_id = ?', [id]))[0][0]?.expires ?? 0) * 1000,
        close: () => store.close()
      }
    }
  },
  {
    name: 'connect-sqlite3 0.9',
    packages: { 'connect-sqlite3': '^0.9.15', sqlite3: '^5.1.7' },
    async open({ load, folder }) {
      const SqliteStore = main(load('connect-sqlite3'))(expressSession)
      const store = new SqliteStore({ dir: folder, db: 'sessions.db', concurrentDb: true }) as Store & {
        client: EventEmitter
        db: { close(done: () => void): void }
      }
      await once(store.client, 'connect')
      return { store, close: () => new Promise<void>((done) => store.db.close(done)) }
    }
  },
  {
    name: 'connect-session-knex 5, PostgreSQL',
    packages: { 'connect-session-knex': '^5.0.0', knex: '^3.0.0', pg: '^8.0.0' },
    server: 'PostgreSQL',
    open({ load, port }) {
      const knex = main(load('knex'))({ client: 'pg', connection: { ...SQL_LOGIN, port } }) as never as {
        destroy(): Promise<void>
      }
      const { ConnectSessionKnexStore } = load('connect-session-knex') as Loaded
      const settings = { knex, tableName: 'knex_sessions', createTable: true, cleanupInterval: 0 }
      return { store: new (ConnectSessionKnexStore as Loaded)(settings), close: () => knex.destroy() }
    }
  },
  {
    name: 'connect-session-sequelize 8, MariaDB',
    packages: { 'connect-session-sequelize': '^8.0.0', sequelize: '^6.0.0', mysql2: '^3.0.0' },
    server: 'MariaDB',
    async open({ load, port }) {
      const { Sequelize } = load('sequelize') as Loaded
      const database = new (Sequelize as Loaded)({
        dialect: 'mysql',
        logging: false,
        host: SQL_LOGIN.host,
        port,
        username: SQL_LOGIN.user,
        password: SQL_LOGIN.password,
        database: SQL_LOGIN.database
      }) as { close(): Promise<void> }
      const SequelizeStore = main(load('connect-session-sequelize'))(expressSession.Store)
      const store = new SequelizeStore({ db: database, checkExpirationInterval: -1 }) as Store & {
        sync(): Promise<void>
      }
      await store.sync()
      return { store, close: () => database.close() }
    }
  },
  {
    name: 'connect-memcached 3',
    packages: { 'connect-memcached': '^3.0.0' },
    server: 'memcached',
    isUnsafeAlone: true,
    open({ load, port }) {
      const MemcachedStore = main(load('connect-memcached'))(expressSession)
      const store = new MemcachedStore({ hosts: [`127.0.0.1:${port}`] }) as Store & { client: { end(): void } }
      return { store, close: () => store.client.end() }
    }
  },
  {
    name: 'connect-mongo 6, a stand-in for the server',
    packages: { 'connect-mongo': '^6.0.0', mongodb: '^7.0.0' },
    open({ load }) {
      const MongoStore = main(load('connect-mongo'))
      const client = { db: () => ({ collection: () => collectionInMemory() }), close: async () => undefined }
      return { store: new MongoStore({ client, autoRemove: 'disabled', stringify: true }) }
    }
  },
  {
    name: 'session-file-store 1',
    packages: { 'session-file-store': '^1.5.0' },
    isUnsafeAlone: true,
    open({ load, folder }) {
      const FileStore = main(load('session-file-store'))(expressSession)
      mkdirSync(join(folder, 'files'))
      const silent = () => undefined
      return { store: new FileStore({ path: join(folder, 'files'), reapInterval: -1, retries: 5, logFn: silent }) }
    }
  },
  {
    name: 'session-memory-store 1',
    packages: { 'session-memory-store': '^1.0.0' },
    isUnsafeAlone: true,
    open: ({ load }) => ({ store: new (main(load('session-memory-store'))(expressSession) as Loaded)() })
  },
  {
    name: 'level-session-store 2',
    packages: { 'level-session-store': '^2.2.0', level: '^7.0.0' },
    isUnsafeAlone: true,
    open({ load, folder }) {
      const LevelStore = main(load('level-session-store'))(expressSession)
      return { store: new LevelStore(join(folder, 'level')) }
    }
  }
]
