// What every test here starts from: one Redis, one simulator, and the processes of an app; all of it ends together.
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import type { AppSetup } from './app.js'
import { type AppProcess, removeBundle, startProcess } from './fleet.js'
import { type RedisServer, startRedis } from './redis-server.js'
import { closeConnections } from './visit.js'

/** How a process is set up; where HubSpot is, the scene knows. */
export type Setup = Omit<AppSetup, 'hubspotUrl'>

/** A running scene. */
export type Scene = {
  readonly redis: RedisServer
  readonly hubspot: HubSpotSimulator
  readonly fleet: AppProcess[]
  /** The process at a place, counted round and round. */
  appAt(place: number): AppProcess
  /** Puts a new process in the place of one that was killed. */
  replace(place: number): Promise<void>
  /** How many calls the simulator had for a visitor. */
  mintsOf(email: string): number
  end(): Promise<void>
}

/** Four processes, each with the library, and sessions of their own. */
export const FOUR_PROCESSES: readonly Setup[] = Array.from({ length: 4 }, () => ({
  sessions: 'memory',
  isIdentifying: true
}))

/** Starts everything; whatever was started is ended again when something does not start. */
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
