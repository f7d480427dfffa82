// When to stop asking HubSpot at all: on faults seen for two different visitors, so that no single user can switch off the others.
import type { IBreaker } from 'cockatiel'

/** A run of passing faults this long opens the breaker; a refused credential needs no run. */
const FAULTS_IN_A_ROW = 5
const DIFFERENT_VISITORS = 2

/**
 * cockatiel tells a breaker that a call failed, not whose it was: `note` is called first, with the address, because one
 * visitor can have many contexts, and so many keys.
 * Calls that overlap may note before each other's verdict, which is harmless: sets and counts only grow until a success.
 */
export class TwoVisitorBreaker implements IBreaker {
  /** Required by cockatiel for serialization, which is not used here. */
  state: unknown
  readonly #refused = new Set<string>()
  readonly #failed = new Set<string>()
  #faultsInARow = 0

  /** Remembers whose mint failed, and whether it was the credential that was refused. */
  note(email: string, isCredential: boolean): void {
    if (isCredential) this.#refused.add(email)
    else {
      this.#failed.add(email)
      this.#faultsInARow += 1
    }
  }

  success(): void {
    this.#refused.clear()
    this.#failed.clear()
    this.#faultsInARow = 0
  }

  failure(): boolean {
    const refused = this.#refused.size >= DIFFERENT_VISITORS
    return refused || (this.#failed.size >= DIFFERENT_VISITORS && this.#faultsInARow >= FAULTS_IN_A_ROW)
  }
}
