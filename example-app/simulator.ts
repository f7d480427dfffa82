// The simulator in place of HubSpot, on a fixed port, so that the URL of the inbox is the same after a restart.
import { type HubSpotSimulator, startHubSpotSimulator } from 'express-hubspot-identification/testing'
import { type Config, ConfigError } from './config.js'

/** The portal id of the simulator. */
export const SIMULATED_PORTAL = '12345'

/** The default port; if it is taken, a free port is used. */
export const SIMULATOR_PORT = 4010

/** A running simulator, with notes to print. */
export type StartedSimulator = { simulator: HubSpotSimulator; notes: string[] }

/** Starts the simulator; rejects with a `ConfigError` if the port in `SIMULATOR_PORT` is taken. */
export async function startSimulator({ simulatorPort }: Pick<Config, 'simulatorPort'>): Promise<StartedSimulator> {
  const port = simulatorPort ?? SIMULATOR_PORT
  try {
    return { simulator: await startHubSpotSimulator({ port, portalId: SIMULATED_PORTAL }), notes: [] }
  } catch (error) {
    if (!isTaken(error)) throw error
    if (simulatorPort !== undefined) {
      throw new ConfigError(
        `Port ${port} is taken. Stop what runs there, or set another one: SIMULATOR_PORT=${port + 1} npm start`
      )
    }
    const simulator = await startHubSpotSimulator({ portalId: SIMULATED_PORTAL })
    const note = `Port ${port} is taken, so the simulator and its inbox are on port ${simulator.port} this time. SIMULATOR_PORT chooses one.`
    return { simulator, notes: [note] }
  }
}

function isTaken(error: unknown): boolean {
  return Object(Object(error).cause).code === 'EADDRINUSE'
}
