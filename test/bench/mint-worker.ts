// The compared clients of part 2, one or several in a process: each mints tokens for new addresses, 16 at a time.
import { Agent, request } from 'node:http'
import { Client } from '@hubspot/api-client'
import nodeFetch from 'node-fetch'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { answerParent, settingsFromParent } from './support/child.js'
import { loadLibrary } from './support/library.js'

/** The compared clients. */
export type Minter = 'library' | 'official' | 'node-fetch' | 'node:http'

/** The settings of a process. */
export type MintWorkerSettings = { minters: Minter[]; port: number; library: string }

/** A request to run calls. */
export type MintRun = { minter: Minter; calls: number }

type Mint = (email: string) => Promise<string>

const CONCURRENCY = 16
const ACCESS_TOKEN = 'pat-na1-bench'
const settings = settingsFromParent<MintWorkerSettings>()
const baseUrl = `http://127.0.0.1:${settings.port}`
const url = `${baseUrl}/visitor-identification/2026-09/tokens/create`
const agent = new Agent({ keepAlive: true })
const headers = {
  authorization: `Bearer ${ACCESS_TOKEN}`,
  'content-type': 'application/json',
  accept: 'application/json'
}
const bodyFor = (email: string) => JSON.stringify({ email, hsCustomerAgentContext: {} })

const MINTERS: Record<Minter, () => Promise<Mint>> = {
  async library() {
    const { hubspotIdentification } = await loadLibrary(settings.library)
    // As by default, but with enough points.
    const rateLimiter = new RateLimiterMemory({ points: 1_000_000_000, duration: 10 })
    const { identify } = hubspotIdentification({ accessToken: ACCESS_TOKEN, baseUrl, rateLimiter })
    return async (email) => (await identify({ email })).token
  },
  async official() {
    const client = new Client({
      accessToken: ACCESS_TOKEN,
      basePath: baseUrl,
      httpAgent: agent,
      // By default it limits to 9 calls a second, which must not be what is measured.
      limiterOptions: { minTime: 0, maxConcurrent: null }
    })
    const { generateApi } = client.conversations.visitorIdentification
    return async (email) => (await generateApi.generateToken({ email })).token
  },
  async 'node-fetch'() {
    return async (email) => {
      const response = await nodeFetch(url, { method: 'POST', headers, body: bodyFor(email), agent })
      return ((await response.json()) as { token: string }).token
    }
  },
  async 'node:http'() {
    return (email) =>
      new Promise((resolve, reject) => {
        const body = bodyFor(email)
        const call = request(url, {
          method: 'POST',
          agent,
          headers: { ...headers, 'content-length': Buffer.byteLength(body) }
        })
        call.once('error', reject).once('response', (response) => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => {
            text += chunk
          })
          response.once('end', () => resolve((JSON.parse(text) as { token: string }).token))
        })
        call.end(body)
      })
  }
}

const mints = new Map<Minter, Mint>()
for (const minter of settings.minters) mints.set(minter, await MINTERS[minter]())
let visitors = 0

async function callEach(mint: Mint, last: number): Promise<void> {
  while (visitors < last) {
    visitors += 1
    if (!(await mint(`visitor${visitors}@example.com`))) throw new Error('no token')
  }
}

answerParent({
  async run({ minter, calls }: MintRun) {
    const mint = mints.get(minter)
    if (!mint) throw new Error(`${minter} is not in this process`)
    const last = visitors + calls
    const cpuBefore = process.cpuUsage()
    const startedAtMs = performance.now()
    await Promise.all(Array.from({ length: CONCURRENCY }, () => callEach(mint, last)))
    const wallMs = performance.now() - startedAtMs
    const { user, system } = process.cpuUsage(cpuBefore)
    return { wallMicroseconds: (wallMs * 1000) / calls, cpuMicroseconds: (user + system) / calls }
  }
})
