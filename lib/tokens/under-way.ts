// The background work of an instance (mints, renewals, writes to the shared store and to sessions), so that settled() can wait for it.
import { setImmediate as nextTurn } from 'node:timers/promises'

/** How long settled() waits: longer than a mint with all its retries and the session write after it. */
const LONGEST_MS = 60_000

/** The background work of an instance that has not ended. */
export class UnderWay {
  readonly #work = new Set<Promise<unknown>>()

  /** Adds work; it is removed when it settles. */
  add(work: Promise<unknown>): void {
    const ended: Promise<void> = work.then(ignore, ignore).then(() => {
      this.#work.delete(ended)
    })
    this.#work.add(ended)
  }

  /** Resolves when all work has ended, after a minute at the latest. Never rejects. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      // Not unref'd: the timers and sockets of a mint do not keep the process alive, but a caller who waits must.
      const timer = setTimeout(resolve, LONGEST_MS)
      void this.#untilNothing().then(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  async #untilNothing(): Promise<void> {
    // One piece of work can start the next (a session write after a mint), in the event-loop turn in which it ends.
    do {
      await Promise.all(this.#work)
      await nextTurn()
    } while (this.#work.size > 0)
  }
}

function ignore(): void {}
