// A steady load of page views on several processes: returning visitors, and some new ones.
import { setTimeout as sleep } from 'node:timers/promises'
import type { AppProcess } from './fleet.js'
import { type View, visit } from './visit.js'

/** One page view under load. */
export type LoadView = View & { readonly app: AppProcess; readonly email: string; readonly isNew: boolean }

/** A running load. */
export type Load = {
  /** Gives the views since the last call: one phase of a test. */
  takeViews(): LoadView[]
  stop(): Promise<void>
}

/** One of this many page views is by a new visitor. */
const NEW_IN = 24
const BETWEEN_VIEWS_MS = 25

/** 40 views a second at each process, one after the other; fewer new visitors than the budget of 90 in 10 s for four processes. */
export function startLoad(fleet: readonly AppProcess[], name: string): Load {
  let isRunning = true
  let views: LoadView[] = []

  async function browse(app: AppProcess, index: number): Promise<void> {
    const emailOf = (number: number) => `${name}-${index}-${number}@example.com`
    for (let count = 0; isRunning; count += 1) {
      const newest = Math.floor(count / NEW_IN)
      const isNew = count % NEW_IN === 0
      const email = emailOf(isNew ? newest : count % (newest + 1))
      views.push({ ...(await visit(app, { email })), app, email, isNew })
      await sleep(BETWEEN_VIEWS_MS)
    }
  }

  const browsing = Promise.all(fleet.map(browse))
  return {
    takeViews() {
      const taken = views
      views = []
      return taken
    },
    async stop() {
      isRunning = false
      await browsing
    }
  }
}
