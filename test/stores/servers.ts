// Starts servers for the store tests, each in a temporary folder and on a free port, apart from any servers of the system.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startRedis } from '../support/redis.js'
import type { ServerName } from './kinds.js'

/** A running server. */
export type Server = { readonly port: number; stop(): Promise<void> }

/** The path of a program; Debian keeps the programs of PostgreSQL in /usr/lib/postgresql. */
function programPath(name: string): string | undefined {
  const postgres = '/usr/lib/postgresql'
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    '/usr/bin',
    '/usr/sbin',
    ...(existsSync(postgres) ? readdirSync(postgres).map((version) => join(postgres, version, 'bin')) : [])
  ]
  return folders.map((folder) => join(folder, name)).find(existsSync)
}

/** The programs that are needed to start each server. */
const PROGRAMS: Readonly<Record<ServerName, readonly string[]>> = {
  Redis: ['redis-server'],
  PostgreSQL: ['initdb', 'postgres'],
  MariaDB: ['mariadb-install-db', 'mariadbd', 'mariadb'],
  memcached: ['memcached']
}

/** The programs of a server that are not installed. */
export const missingPrograms = (server: ServerName): string[] =>
  PROGRAMS[server].filter((name) => programPath(name) === undefined)

/** Starts a server with a database and a login `stores`. */
export async function startServer(server: ServerName): Promise<Server> {
  if (server === 'Redis') return startRedis()
  const folder = await mkdtemp(join(tmpdir(), 'store-server-'))
  const port = await freePort()
  const child = await { PostgreSQL: startPostgres, MariaDB: startMariaDb, memcached: startMemcached }[server](
    folder,
    port
  )
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    port,
    async stop() {
      child.kill('SIGKILL')
      await exited
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** When the tests run as root: the ids of another user for a server, because most servers refuse to run as root. */
function unprivileged(name: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

const path = (name: string): string => programPath(name) as string

async function startPostgres(folder: string, port: number): Promise<ChildProcess> {
  const user = unprivileged('postgres')
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const options = { cwd: folder, stdio: 'ignore' as const, ...user }
  execFileSync(path('initdb'), ['-D', data, '-U', 'stores', '--auth=trust', '--no-sync', '-E', 'UTF8'], options)
  const settings = ['-F', '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`]
  const child = spawn(path('postgres'), ['-D', data, '-p', String(port), ...settings], options)
  const login = ['-h', '127.0.0.1', '-p', String(port), '-U', 'stores']
  await untilTrue(() => succeeds(path('createdb'), [...login, 'stores'], options))
  return child
}

async function startMariaDb(folder: string, port: number): Promise<ChildProcess> {
  const user = unprivileged('mysql')
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const socket = join(folder, 'socket')
  const options = { cwd: folder, stdio: 'ignore' as const, ...user }
  const install = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db']
  execFileSync(path('mariadb-install-db'), install, options)
  const settings = [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${socket}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--pid-file=${join(folder, 'pid')}`,
    '--innodb-flush-log-at-trx-commit=0'
  ]
  const child = spawn(path('mariadbd'), settings, options)
  const sql = `CREATE DATABASE IF NOT EXISTS stores; CREATE USER IF NOT EXISTS stores@'%' IDENTIFIED BY 'stores';
    CREATE USER IF NOT EXISTS stores@localhost IDENTIFIED BY 'stores';
    GRANT ALL ON stores.* TO stores@'%'; GRANT ALL ON stores.* TO stores@localhost;`
  await untilTrue(() =>
    succeeds(path('mariadb'), ['--no-defaults', `--socket=${socket}`, '-u', 'root', '-e', sql], options)
  )
  return child
}

async function startMemcached(folder: string, port: number): Promise<ChildProcess> {
  const asUser = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const args = ['-l', '127.0.0.1', '-p', String(port), '-m', '64', ...asUser]
  const child = spawn(path('memcached'), args, { cwd: folder, stdio: 'ignore' })
  await untilTrue(() => isListening(port))
  return child
}

function succeeds(file: string, args: string[], options: object): boolean {
  try {
    execFileSync(file, args, options)
    return true
  } catch {
    return false
  }
}

/** Polls every 100 ms until a server has started; throws after 300 tries. */
async function untilTrue(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isTrue()); tries += 1) {
    if (tries > 300) throw new Error('The server did not start.')
    await wait(100)
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('close', () => socket.destroy())
    socket.once('connect', () => socket.end())
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
