// A child process of a benchmark: started from a TypeScript file, sent named requests, and ended. The child calls `answerParent`.
import { fork } from 'node:child_process'

type Ask = { id: number; name: string; argument: unknown }
type Reply = { id: number; value?: unknown; error?: string }

/** A running child process. */
export type Child = {
  /** Sends a request with this name. */
  ask<T>(name: string, argument?: unknown): Promise<T>
  /** Ends the process; resolves when it has exited. */
  stop(): Promise<void>
}

/** `nodeOptions` are options of Node such as `--expose-gc` and `--cpu-prof`. */
export type ChildOptions = { readonly nodeOptions?: string[]; readonly env?: Record<string, string> }

/** Starts `file` with `settings` as its only argument. */
export function startChild(
  file: string,
  settings: unknown,
  { nodeOptions = [], env = {} }: ChildOptions = {}
): Promise<Child> {
  const child = fork(file, [JSON.stringify(settings)], {
    execArgv: ['--import', 'tsx', ...nodeOptions],
    env: { ...process.env, ...env }
  })
  const waiting = new Map<number, (reply: Reply) => void>()
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let lastId = 0

  const self: Child = {
    ask<T>(name: string, argument?: unknown) {
      lastId += 1
      const id = lastId
      return new Promise<T>((resolve, reject) => {
        waiting.set(id, ({ value, error }) => (error === undefined ? resolve(value as T) : reject(new Error(error))))
        child.send({ id, name, argument } satisfies Ask)
      })
    },
    async stop() {
      if (child.connected) child.send({ id: 0, name: 'exit', argument: undefined } satisfies Ask)
      await gone
    }
  }
  return new Promise((resolve, reject) => {
    child.on('message', (message: Reply) => {
      if (message.id === 0) resolve(self)
      else waiting.get(message.id)?.(message)
      waiting.delete(message.id)
    })
    child.once('exit', (code) => {
      const error = `${file} ended with code ${code}`
      for (const settle of waiting.values()) settle({ id: 0, error })
      reject(new Error(error))
    })
  })
}

/** The functions that answer requests, by name. */
export type Answers = Record<string, (argument: never) => unknown>

/** The settings with which the parent started this process. */
export function settingsFromParent<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T
}

/** Tells the parent that the child is ready, then answers its requests until `exit`. */
export function answerParent(answers: Answers): void {
  const reply = (message: Reply) => process.send?.(message)
  process.on('message', async ({ id, name, argument }: Ask) => {
    if (name === 'exit') process.exit(0)
    try {
      reply({ id, value: await (answers[name] as (argument: unknown) => unknown)(argument) })
    } catch (thrown) {
      reply({ id, error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) })
    }
  })
  process.once('disconnect', () => process.exit(1))
  reply({ id: 0 })
}
