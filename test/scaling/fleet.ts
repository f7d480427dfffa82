// Real processes of the app that a test starts and kills; collects what they report.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { AppMessage, AppSetup } from './app.js'
import { until } from './until.js'

/** An error that `onError` of a process got. */
export type ToldFault = Extract<AppMessage, { type: 'fault' }>

/** One process. */
export type AppProcess = {
  readonly url: string
  /** The errors that `onError` got, oldest first. */
  readonly faults: ToldFault[]
  /** Its standard error output. */
  readonly stderr: () => string
  readonly isAlive: () => boolean
  /** Sends SIGKILL; resolves when the process has ended. */
  kill(): Promise<void>
}

let bundle: Promise<string> | undefined

/** App and library bundled into one file from the current sources, so that a process starts quickly. */
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

/** Removes the bundle; the next process builds it again. */
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
