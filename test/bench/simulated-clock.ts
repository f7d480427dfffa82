// A clock for `Date` that a benchmark moves by hand; timers keep real time.

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

/** Puts the simulated clock in the place of `Date`; to be called before the code under test is loaded. */
export function installSimulatedClock(): void {
  Reflect.set(globalThis, 'Date', SimulatedDate)
}

/** Moves the clock to this instant; never backwards. */
export function moveClockTo(instantMs: number): void {
  offsetMs = Math.max(offsetMs, instantMs - RealDate.now())
}

/** Gives the real clock back. */
export function removeSimulatedClock(): void {
  Reflect.set(globalThis, 'Date', RealDate)
}
