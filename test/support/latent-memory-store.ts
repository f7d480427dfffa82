// An express-session MemoryStore whose operations take their time there and back, so that they may overtake each other.
import { setTimeout as wait } from 'node:timers/promises'
import session from 'express-session'
import { type Hold, type Tap, tapStore } from './tapped-store.js'

/** How long one leg of an operation takes, in milliseconds. */
export type Latency = (...leg: Parameters<Hold>) => number

/** Anything from nothing to this many milliseconds. */
export function upTo(longestMs: number): Latency {
  return () => Math.random() * longestMs
}

/** The store that shows what a network does. */
export class LatentMemoryStore extends session.MemoryStore {
  readonly tap: Tap

  constructor(latency: Latency = upTo(3)) {
    super()
    this.tap = tapStore(this, (...leg) => wait(latency(...leg)))
  }
}
