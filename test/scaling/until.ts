// Waits for a condition instead of a fixed time.
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_AGAIN_MS = 20

/** Resolves when the condition is true; throws an error that names it if that takes too long. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const endsAtMs = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > endsAtMs) throw new Error(`Waited ${withinMs} ms in vain until ${what}.`)
    await sleep(LOOK_AGAIN_MS)
  }
}
