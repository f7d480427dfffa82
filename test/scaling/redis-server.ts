// A real Redis that a test can kill, stop and start again on the same port.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createClient } from 'redis'
import { redisServerPath } from '../support/redis.js'
import { until } from './until.js'

/** A running Redis. */
export type RedisServer = {
  readonly url: string
  /** SIGKILL: connections break, and the data is lost. */
  kill(): Promise<void>
  /** SIGSTOP: connections stay open without answers. */
  hang(): void
  /** SIGCONT after `hang()`. */
  resume(): void
  /** Starts a new, empty one on the same port after `kill()`. */
  restart(): Promise<void>
  /** Runs a command on the connection of the test. */
  command(...parts: string[]): Promise<unknown>
  /** The keys that match a pattern. */
  keys(pattern: string): Promise<string[]>
}

/** Starts a Redis without persistence and waits until it answers. */
export async function startRedis(): Promise<RedisServer> {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let child = await spawnRedis(port)

  async function command(...parts: string[]): Promise<unknown> {
    const client = createClient({ url })
    client.on('error', () => {})
    await client.connect()
    try {
      return await client.sendCommand(parts)
    } finally {
      client.destroy()
    }
  }

  return {
    url,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
    hang: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async restart() {
      child = await spawnRedis(port)
    },
    command,
    keys: async (pattern) => (await command('KEYS', pattern)) as string[]
  }
}

async function spawnRedis(port: number): Promise<ChildProcess> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawn(redisServerPath() ?? 'redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] })
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (!address || typeof address === 'string') throw new Error('No free port.')
  return address.port
}
