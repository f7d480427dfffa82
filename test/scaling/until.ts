// Waiting for something to be so, instead of for a while.
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_AGAIN_MS = 20

/** Resolves once the condition holds; throws, naming it, when it does not in time. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const endsAtMs = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > endsAtMs) throw new Error(`Waited ${withinMs} ms in vain until ${what}.`)
    await sleep(LOOK_AGAIN_MS)
  }
}
