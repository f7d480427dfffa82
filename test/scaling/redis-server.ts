// A real Redis for a test: started on a free port, without persistence; stopped, hung and started again on request.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createClient } from 'redis'
import { until } from './until.js'

/** A running Redis. */
export type RedisServer = {
  readonly url: string
  /** SIGKILL: connections break, and what it held is gone. */
  kill(): Promise<void>
  /** SIGSTOP: connections stay, and nothing answers. */
  hang(): void
  /** SIGCONT after `hang()`. */
  resume(): void
  /** A new one on the same port after `kill()`. */
  restart(): Promise<void>
  /** Runs a command on a connection of the test's own. */
  command(...parts: string[]): Promise<unknown>
  stop(): Promise<void>
}

/** Whether this machine has a Redis. REQUIRE_ALL=1 makes it an error that it has not. */
export function hasRedis(): boolean {
  if (spawnSync('redis-server', ['--version']).status === 0) return true
  const message = 'redis-server is not installed: the tests that need a real Redis are LEFT OUT.'
  if (process.env['REQUIRE_ALL'] === '1') throw new Error(message)
  console.warn(message)
  return false
}

/** Starts a Redis and waits until it answers. */
export async function startRedis(): Promise<RedisServer> {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let child = await spawnRedis(port)
  return {
    url,
    async kill() {
      await end(child)
    },
    hang: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async restart() {
      child = await spawnRedis(port)
    },
    async command(...parts) {
      const client = createClient({ url })
      client.on('error', () => {})
      await client.connect()
      try {
        return await client.sendCommand(parts)
      } finally {
        client.destroy()
      }
    },
    async stop() {
      await end(child)
    }
  }
}

async function spawnRedis(port: number): Promise<ChildProcess> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += String(chunk)
  })
  await until('Redis answers', () => {
    if (child.exitCode !== null) throw new Error(`Redis did not start:\n${output}`)
    return output.includes('Ready to accept connections')
  })
  return child
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (!address || typeof address === 'string') throw new Error('No free port.')
  return address.port
}
