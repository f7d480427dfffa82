// One process that serves the app: connects to Redis, starts the simulator if needed, listens, and stops gracefully.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HubSpotIdentificationError } from 'express-hubspot-identification'
import { createApp } from './app.js'
import { type Chat, chatFromHubSpot, chatFromSimulator } from './chat.js'
import { type Config, ConfigError, type HubSpotAccount } from './config.js'
import { connectRedis } from './redis.js'
import { SIMULATED_PORTAL, startSimulator } from './simulator.js'
import { createUsers, DEMO_USERS, type NewUser, userFromEnvironment } from './users.js'

/** A running app. */
export type RunningApp = {
  url: string
  chat: Chat
  users: readonly NewUser[]
  /** Further lines to print at the start. */
  notes: readonly string[]
  close(): Promise<void>
}

/** How long open requests may take after a stop before their connections are closed. */
const PATIENCE_MS = 5000

/** The environment variables of the middleware's options. */
const VARIABLES: Record<string, string> = {
  accessToken: 'HUBSPOT_ACCESS_TOKEN',
  baseUrl: 'HUBSPOT_BASE_URL',
  portalId: 'HUBSPOT_PORTAL_ID',
  region: 'HUBSPOT_REGION'
}

/** Starts the app; rejects with a `ConfigError` if a setting is wrong. */
export async function serve(config: Config): Promise<RunningApp> {
  const demoUsers = config.hubspot ? [] : DEMO_USERS
  const users = config.hubspot ? usersOf(config.hubspot) : DEMO_USERS
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    for (const closer of closers.reverse()) await closer()
  }
  try {
    const shared = config.redisUrl === undefined ? undefined : await connectRedis(config.redisUrl)
    if (shared) closers.push(shared.close)
    const { chat, notes, closeChat } = await openChat(config)
    closers.push(closeChat)
    const app = createApp({ ...config, chat, users: await createUsers(users), demoUsers, shared })
    const server = createServer(app)
    const url = await listen(server, config)
    closers.push(() => stop(server))
    return { url, chat, users, notes, close }
  } catch (error) {
    await close()
    throw isRefusedOption(error) ? new ConfigError(inVariables(error.hint), { cause: error }) : error
  }
}

function isRefusedOption(error: unknown): error is HubSpotIdentificationError {
  return Object(error).code === 'ERR_OPTIONS_INVALID'
}

/** Replaces the names of options in an error of the middleware by the names of their variables. */
function inVariables(hint: string): string {
  return hint.replace(/"(\w+)"/g, (quoted, option: string) => VARIABLES[option] ?? quoted)
}

function usersOf({ user }: HubSpotAccount): readonly NewUser[] {
  return user ? [userFromEnvironment(user)] : []
}

type OpenChat = { chat: Chat; notes: readonly string[]; closeChat: () => Promise<void> }

async function openChat(config: Config): Promise<OpenChat> {
  const { hubspot, simulatorUrl } = config
  const nothingToClose = { notes: [], closeChat: async () => undefined }
  if (hubspot) return { chat: chatFromHubSpot(hubspot), ...nothingToClose }
  if (simulatorUrl !== undefined) return { chat: chatFromSimulator(simulatorUrl, SIMULATED_PORTAL), ...nothingToClose }
  const { simulator, notes } = await startSimulator(config)
  return { chat: chatFromSimulator(simulator.url, simulator.portalId), notes, closeChat: simulator.close }
}

function listen(server: Server, { host, port }: Config): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(new ConfigError(listenProblem(cause, host, port), { cause }))
    )
    server.listen({ host, port }, () => {
      const { port: given } = server.address() as AddressInfo
      resolve(urlOf(host, given))
    })
  })
}

/** The URL for a browser: loopback for `0.0.0.0` and `::`, which cannot be opened, and from which the simulator refuses pages. */
export function urlOf(host: string, port: number): string {
  const name = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

function listenProblem({ code }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken. Stop what runs there, or set another one: PORT=${port + 1} npm start`
  if (code === 'EACCES') return `Port ${port} needs rights that this process does not have. Set another one in PORT.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `HOST=${host} is no address of this machine.`
  return `The app cannot listen on ${host}:${port} (${code}).`
}

/** Waits for open requests, and closes idle connections at once. */
function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), PATIENCE_MS)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}
