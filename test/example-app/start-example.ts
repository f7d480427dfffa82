// Starts the example app in this process, with a separate simulator, for supertest and for a browser.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type HubSpotSimulator,
  type HubSpotSimulatorOptions,
  startHubSpotSimulator
} from 'express-hubspot-identification/testing'
import { type AppParts, createApp } from '../../example-app/app.js'
import { chatFromSimulator } from '../../example-app/chat.js'
import { createUsers, DEMO_USERS } from '../../example-app/users.js'

/** A running example. */
export type Example = { url: string; server: Server; simulator: HubSpotSimulator; close(): Promise<void> }

/** Hashed with a low cost, because hashing with the default cost is slow on purpose. */
const users = createUsers(DEMO_USERS, { N: 2, r: 8, p: 1 })

/** Starts the app and the simulator on free ports of 127.0.0.1. */
export async function startExample(
  parts: Partial<AppParts> = {},
  simulated: HubSpotSimulatorOptions = {}
): Promise<Example> {
  const simulator = await startHubSpotSimulator(simulated)
  const app = createApp({
    chat: chatFromSimulator(simulator.url, simulator.portalId),
    users: await users,
    demoUsers: DEMO_USERS,
    sessionSecret: 'a secret of the tests',
    isProduction: false,
    ...parts
  })
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    simulator,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await simulator.close()
    }
  }
}

/** Address and password of a demo user. */
export function credentials(id: 'jane' | 'brien' | 'uma'): { email: string; password: string } {
  const user = DEMO_USERS.find((candidate) => candidate.id === id)
  if (!user) throw new Error(`There is no demo user ${id}.`)
  return { email: user.email, password: user.password }
}
