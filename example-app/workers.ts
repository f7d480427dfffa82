// Several processes behind one port: the primary process starts them, and one simulator for all.
import cluster, { type Worker } from 'node:cluster'
import { type Config, ConfigError } from './config.js'
import { type RunningApp, serve } from './serve.js'
import { startSimulator } from './simulator.js'

/** The message of a worker to the primary process. */
type Report = { running: Pick<RunningApp, 'url' | 'chat' | 'users'> } | { failed: string }

/** Starts `config.workers` processes; gives the app of the first one when all of them listen. */
export async function startWorkers(config: Config): Promise<RunningApp> {
  const { simulator, notes } = config.hubspot ? { simulator: undefined, notes: [] } : await startSimulator(config)
  // The secret may be random, and all processes need the same one.
  const environment = {
    SESSION_SECRET: config.sessionSecret,
    ...(simulator ? { SIMULATOR_URL: simulator.url } : undefined)
  }
  let isClosing = false
  const fork = () => cluster.fork(environment)
  const close = async () => {
    isClosing = true
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
    await Promise.all(workers.map(stopWorker))
    await simulator?.close()
  }
  try {
    const all = await Promise.all(Array.from({ length: config.workers }, () => whenRunning(fork())))
    cluster.on('exit', (worker, code) => {
      if (isClosing) return
      console.error(`Process ${worker.process.pid} ended (${code}); another one takes its place.`)
      fork()
    })
    return { ...(all[0] as RunningApp), notes, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Serves the app in a worker, and reports to the primary process. */
export async function serveAsWorker(config: Config): Promise<RunningApp | undefined> {
  try {
    const running = await serve(config)
    const { url, chat, users } = running
    report({ running: { url, chat, users } })
    return running
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    report({ failed: error.message })
    return undefined
  }
}

function report(message: Report): void {
  process.send?.(message)
}

function whenRunning(worker: Worker): Promise<Pick<RunningApp, 'url' | 'chat' | 'users'>> {
  return new Promise((resolve, reject) => {
    worker.once('message', (message: Report) => {
      if ('running' in message) resolve(message.running)
      else reject(new ConfigError(message.failed))
    })
    worker.once('exit', (code) => reject(new Error(`A process ended before it was ready (${code}).`)))
  })
}

function stopWorker(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    if (worker.isDead()) resolve()
    worker.once('exit', () => resolve())
    worker.process.kill('SIGTERM')
  })
}
