// The set-up of every test here: one Redis, one simulator, and processes of an app.
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import type { AppSetup } from './app.js'
import { type AppProcess, removeBundle, startProcess } from './fleet.js'
import { type RedisServer, startRedis } from './redis-server.js'
import { closeConnections } from './visit.js'

/** The settings of a process, without the URL of the simulator. */
export type Setup = Omit<AppSetup, 'hubspotUrl'>

/** A running set-up. */
export type Scene = {
  readonly redis: RedisServer
  readonly hubspot: HubSpotSimulator
  readonly fleet: AppProcess[]
  /** The process with this index, modulo their number. */
  appAt(place: number): AppProcess
  /** Replaces a killed process by a new one. */
  replace(place: number): Promise<void>
  /** How many calls the simulator got for a visitor. */
  mintsOf(email: string): number
  end(): Promise<void>
}

/** Four processes with the library, each with its own sessions. */
export const FOUR_PROCESSES: readonly Setup[] = Array.from({ length: 4 }, () => ({
  sessions: 'memory',
  isIdentifying: true
}))

/** Starts everything; if a part does not start, ends the others. */
export async function startScene(setups: readonly Setup[]): Promise<Scene> {
  const [redis, hubspot] = await Promise.all([startRedis(), startHubSpotSimulator()])
  const start = (setup: Setup) => startProcess(redis.url, { ...setup, hubspotUrl: hubspot.url })
  const started = await Promise.allSettled(setups.map(start))
  const fleet = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))

  async function end(): Promise<void> {
    closeConnections()
    await Promise.all([...fleet.map((app) => app.kill()), redis.kill(), hubspot.close()])
    await removeBundle()
  }

  const failed = started.find((result) => result.status === 'rejected')
  if (failed) {
    await end()
    throw failed.reason
  }
  const appAt = (place: number) => fleet[place % fleet.length] as AppProcess
  return {
    redis,
    hubspot,
    fleet,
    appAt,
    async replace(place) {
      fleet[place] = await start(setups[place] as Setup)
    },
    mintsOf: (email) => hubspot.requests.filter(({ body }) => (body as { email?: string }).email === email).length,
    end
  }
}
