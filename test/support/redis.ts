// Starts a redis-server for a test file, without persistence, on a free port; prints NOT TESTED if there is none.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { describe } from '@jest/globals'
import { createClient } from 'redis'

/** A running server. */
export type RedisServer = { readonly url: string; readonly port: number; stop(): Promise<void> }

/** The path of redis-server (`REDIS_SERVER_PATH`, else on the PATH); `undefined` if it is not installed. */
export function redisServerPath(): string | undefined {
  const given = process.env['REDIS_SERVER_PATH']
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  return [...(given ? [given] : []), ...folders.map((folder) => join(folder, 'redis-server'))].find(existsSync)
}

/** Whether redis-server is installed. Prints a message if not; with `REQUIRE_ALL=1` that is an error. */
export function hasRedis(what: string): boolean {
  if (redisServerPath() !== undefined) return true
  const message = `NOT TESTED, redis-server is missing (set REDIS_SERVER_PATH): ${what}`
  if (process.env['REQUIRE_ALL'] === '1') throw new Error(message)
  process.stderr.write(`\n*** ${message} ***\n\n`)
  return false
}

/** A `describe` that is skipped with a message without Redis. */
export function describeWithRedis(name: string, fn: () => void): void {
  if (hasRedis(name)) describe(name, fn)
  else describe.skip(name, fn)
}

/** Starts a server and waits until it answers. */
export async function startRedis(): Promise<RedisServer> {
  const path = redisServerPath()
  if (path === undefined) throw new Error('redis-server is missing: set REDIS_SERVER_PATH to its binary.')
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', '/tmp']
  const server = spawn(path, args, { stdio: 'ignore' })
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const url = `redis://127.0.0.1:${port}`
  await answers(url, server)
  return {
    url,
    port,
    async stop() {
      server.kill('SIGKILL')
      await exited
    }
  }
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  const client = createClient({ url, socket: { reconnectStrategy: 20 } })
  client.on('error', () => {
    if (server.exitCode !== null) client.destroy()
  })
  await client.connect()
  await client.ping()
  client.destroy()
}

/** Redis cannot choose a free port itself. */
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
