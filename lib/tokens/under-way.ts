// What goes on behind the pages of an instance (mints, renewals, writes to the shared store and to sessions), and when it has ended.
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Longer than a mint with all its retries and the session write after it. */
const LONGEST_MS = 60_000

/** The work that an instance has under way. */
export class UnderWay {
  readonly #work = new Set<Promise<unknown>>()

  /** Counts this work until it settles. */
  add(work: Promise<unknown>): void {
    const ended: Promise<void> = work.then(ignore, ignore).then(() => {
      this.#work.delete(ended)
    })
    this.#work.add(ended)
  }

  /** Resolves when nothing is under way any more, after a minute at the latest. Never rejects. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      // Not unref'd: the timers and sockets of a mint do not keep the process alive, so whoever waits for it must.
      const timer = setTimeout(resolve, LONGEST_MS)
      void this.#untilNothing().then(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  async #untilNothing(): Promise<void> {
    // A session is written when the response has closed, and after a mint: both begin in the turn in which the one before ends.
    do {
      await Promise.all(this.#work)
      await nextTurn()
    } while (this.#work.size > 0)
  }
}

function ignore(): void {}
