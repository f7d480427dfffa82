// The race: pages, logouts, writes and switches of users on the same sessions in one process, with the library and with a simple
// hand-written version.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { RequestHandler } from 'express'
import { hubspotIdentification } from '../../lib/index.js'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { createTally, inParallel, OPPONENTS, printTable, runRound, type Tally } from './race.js'
import { type SiteUser, startSite } from './site.js'
import { type StoreKind, useStores } from './stores.js'
import { quiet } from './waiting.js'

const ROUNDS = 450
/** Enough rounds for the hand-written version to fail. */
const HAND_WRITTEN_ROUNDS = 120
const SPREAD_MS = 12
/** Rounds that run at a time. */
const WIDTH = 40

const { kinds } = useStores('the race on Redis')
const rows: Record<string, string | number>[] = []

let simulator: HubSpotSimulator
beforeAll(async () => {
  simulator = await startHubSpotSimulator({ rateLimit: { max: 1_000_000, daily: 10_000_000 } })
})
afterAll(async () => {
  await simulator.close()
  printTable('Races in one process', rows)
})

/** The simplest hand-written middleware: waits for the token, then sets it on the session. */
function handWritten(): RequestHandler {
  const { identify } = hubspotIdentification({
    accessToken: 'pat-test',
    account: 'test',
    baseUrl: simulator.url,
    rateLimiter: { consume: async () => undefined }
  })
  return async (req, res, next) => {
    const user = req.user as unknown as SiteUser | undefined
    res.locals.hubspot = {} as never
    if (user) {
      await wait(Math.random() * SPREAD_MS)
      req.session.hubspot ??= { ...(await identify({ email: user.email })), account: 'test' }
      res.locals.hubspot = req.session.hubspot as never
    }
    next()
  }
}

type Version = 'ours' | 'ours, pages that do not wait' | 'hand-written'
type Race = { kind: StoreKind; rolling: boolean; version: Version }

/** The settings of the site for a version. */
function settingsOf(version: Version) {
  if (version === 'hand-written') return { identify: handWritten() }
  // With 2 ms most pages are sent without the token, which is then stored after the response.
  return version === 'ours' ? {} : { options: { maxWaitMs: 2 } }
}

async function race({ kind, rolling, version }: Race): Promise<Tally> {
  const { store, tap } = kind.open()
  const tally = createTally()
  const site = await startSite({
    store,
    baseUrl: simulator.url,
    session: { rolling, cookie: { maxAge: 3_600_000 } },
    ...settingsOf(version)
  })
  // Random delays of the mint and of the page after it.
  let mints = 0
  site.hooks.duringMint = () => {
    mints += 1
    return wait(Math.random() * SPREAD_MS)
  }
  const countEnded = () => {
    mints -= 1
  }
  subscribe('hubspot-identification:mint', countEnded)
  site.hooks.whileRendering = () => wait(Math.random() * SPREAD_MS)
  const judges = await inParallel(version === 'hand-written' ? HAND_WRITTEN_ROUNDS : ROUNDS, WIDTH, (index) => {
    const opponent = OPPONENTS[index % OPPONENTS.length] as (typeof OPPONENTS)[number]
    return runRound(
      { store, simulator, opponent, pageUrl: site.url, opponentUrl: site.url, spreadMs: 3 * SPREAD_MS },
      tally
    )
  })
  // Waits also for mints that end after their page.
  while (mints > 0) await turn()
  await quiet(tap, site)
  await inParallel(judges.length, WIDTH, (index) => (judges[index] as () => Promise<void>)())
  await quiet(tap, site)
  unsubscribe('hubspot-identification:mint', countEnded)
  await site.close()
  rows.push({ version, store: kind.name, rolling: String(rolling), ...tally })
  return tally
}

describe.each(kinds)('on $name', (kind) => {
  test.each([
    [false, 'ours'],
    [true, 'ours'],
    [false, 'ours, pages that do not wait']
  ] as const)(
    'with rolling %s no session is revived, no write lost, no token given to another user: %s',
    async (rolling, version) => {
      const tally = await race({ kind, rolling, version })
      expect(tally).toMatchObject({ revived: 0, lost: 0, foreign: 0, cut: 0 })
      expect(tally.requests).toBeGreaterThanOrEqual(3 * ROUNDS)
      // Tokens were stored, so the race tried something.
      expect(tally.kept).toBeGreaterThan(0)
    },
    60_000
  )

  test('the hand-written version revives sessions and loses writes in the same race, so the race can fail', async () => {
    const tally = await race({ kind, rolling: false, version: 'hand-written' })
    expect(tally.revived).toBeGreaterThan(0)
    expect(tally.lost).toBeGreaterThan(0)
  }, 60_000)
})
