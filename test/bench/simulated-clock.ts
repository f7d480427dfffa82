// A simulated clock for `Date`, set by a benchmark; timers use real time.

const RealDate = Date
let offsetMs = 0

class SimulatedDate extends RealDate {
  constructor(...given: [] | [number | string | Date]) {
    if (given.length === 0) super(RealDate.now() + offsetMs)
    else super(given[0])
  }

  static override now(): number {
    return RealDate.now() + offsetMs
  }
}

/** Replaces `Date` by the simulated clock; to be called before the code under test is loaded. */
export function installSimulatedClock(): void {
  Reflect.set(globalThis, 'Date', SimulatedDate)
}

/** Sets the clock to this time; never backwards. */
export function moveClockTo(instantMs: number): void {
  offsetMs = Math.max(offsetMs, instantMs - RealDate.now())
}

/** Restores the real clock. */
export function removeSimulatedClock(): void {
  Reflect.set(globalThis, 'Date', RealDate)
}
