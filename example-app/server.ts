// Starts the example in one process or several, and stops it on SIGINT or SIGTERM.
import cluster from 'node:cluster'
import { banner } from './banner.js'
import { ConfigError, readConfig } from './config.js'
import { serve } from './serve.js'
import { serveAsWorker, startWorkers } from './workers.js'

try {
  const config = readConfig(process.env)
  const start = cluster.isWorker ? serveAsWorker : config.workers > 1 ? startWorkers : serve
  const running = await start(config)
  if (running && cluster.isPrimary) console.log(banner(running, config.workers))
  let isStopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // With Ctrl-C the process gets the signal twice: from the terminal and from npm.
      if (isStopping) return
      isStopping = true
      Promise.resolve(running?.close()).then(
        () => process.exit(0),
        () => process.exit(1)
      )
    })
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  console.error(`\n  ${error.message}\n`)
  process.exitCode = 1
}
