// Real processes of the app, started and killed by a test; what they report is kept here.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { AppMessage, AppSetup } from './app.js'
import { until } from './until.js'

/** A fault as the process's `onError` was told. */
export type ToldFault = Extract<AppMessage, { type: 'fault' }>

/** One process. */
export type AppProcess = {
  readonly url: string
  /** What `onError` was told, oldest first. */
  readonly faults: ToldFault[]
  /** What it wrote to its standard error output: says why, when it died. */
  readonly stderr: () => string
  readonly isAlive: () => boolean
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
}

let bundle: Promise<string> | undefined

/** The app and the library in one file, from the sources as they are now: a process then starts in a fraction of the time. */
async function bundleApp(): Promise<string> {
  const outfile = join(await mkdtemp(join(tmpdir(), 'scaling-')), 'app.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('./app.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)" }
  })
  return outfile
}

/** Removes the built file; the next process builds it anew. */
export async function removeBundle(): Promise<void> {
  const built = bundle
  bundle = undefined
  if (built) await rm(dirname(await built), { recursive: true, force: true })
}

/** Starts one process and waits until it listens. */
export async function startProcess(redisUrl: string, setup: AppSetup): Promise<AppProcess> {
  bundle ??= bundleApp()
  const child = fork(await bundle, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      ...process.env,
      NODE_ENV: 'test',
      REDIS_URL: redisUrl,
      HUBSPOT_ACCESS_TOKEN: 'secret',
      APP: JSON.stringify(setup)
    }
  })
  const faults: ToldFault[] = []
  let port = 0
  let stderr = ''
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk)
  })
  child.on('message', (message: AppMessage) => {
    if (message.type === 'fault') faults.push(message)
    else port = message.port
  })
  await until(
    'the app listens',
    () => {
      if (hasEnded(child)) throw new Error(`The app did not start:\n${stderr}`)
      return port > 0
    },
    60_000
  )
  return {
    url: `http://127.0.0.1:${port}`,
    faults,
    stderr: () => stderr,
    isAlive: () => !hasEnded(child),
    async kill() {
      if (hasEnded(child)) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}
