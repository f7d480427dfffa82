// When the circuit breaker opens: on faults of at least two different visitors, so that one user cannot stop the mints of all others.
import type { IBreaker } from 'cockatiel'

/** This many temporary faults in a row open the breaker. For a refused access token the number does not matter. */
const FAULTS_IN_A_ROW = 5
const DIFFERENT_VISITORS = 2

/**
 * cockatiel tells a breaker that a call failed, but not for which visitor, so `note` is called before. It takes the address, not the
 * key of a token: one visitor can have several contexts, and so several keys. Overlapping calls may interleave `note` and `failure`,
 * which does not matter: sets and counts only grow until a success.
 */
export class TwoVisitorBreaker implements IBreaker {
  /** Required by cockatiel for serialization, which is not used here. */
  state: unknown
  readonly #refused = new Set<string>()
  readonly #failed = new Set<string>()
  #faultsInARow = 0

  /** Records whose mint failed, and whether the access token was refused. */
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
