// A simulated serverless platform: sends events to processes, freezes them after the response, resumes or ends them.
import { type ChildProcess, execFile, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import session, { type SessionData } from 'express-session'
import { until } from '../scaling/until.js'
import { createGate, type Gate } from '../session-races/waiting.js'
import { type Hold, tapStore } from '../support/tapped-store.js'

export type Setup = { readonly baseUrl: string; readonly awaitsSettled: boolean }
export type ToFunction =
  | { readonly type: 'event'; readonly event: object }
  | { readonly type: 'stored'; readonly call: number; readonly results: unknown[] }
  | { readonly type: 'settle' }
export type ToPlatform =
  | { readonly type: 'ready' }
  | { readonly type: 'response'; readonly response: object }
  | { readonly type: 'settled'; readonly value: unknown }
  | {
      readonly type: 'store'
      readonly call: number
      readonly operation: 'get' | 'set' | 'destroy'
      readonly args: unknown[]
    }

/** The answer of a function, in the form of AWS's HTTP API. */
export type Response = { readonly statusCode: number; readonly body: string; readonly cookies?: readonly string[] }

/** The sessions of all processes. */
export class Sessions {
  readonly store = new session.MemoryStore()
  readonly #tap = tapStore(this.store)

  /** Delays the calls of this operation after the first `after` ones. */
  hold(operation: 'get' | 'set', after: number, leg: Parameters<Hold>[1] = 'sent'): Gate {
    const gate = createGate()
    let before = after
    this.#tap.hold = (call, ofLeg) => {
      if (call.operation !== operation || ofLeg !== leg) return undefined
      before -= 1
      return before < 0 ? gate.pass() : undefined
    }
    return gate
  }

  /** The only session, as it is stored. */
  get only(): (Partial<SessionData> & Record<string, unknown>) | undefined {
    const [text] = Object.values((this.store as unknown as { sessions: Record<string, string> }).sessions)
    return text === undefined ? undefined : JSON.parse(text)
  }

  /** Changes the only session, as another process would. */
  change(change: (data: SessionData) => void): void {
    const { sessions } = this.store as unknown as { sessions: Record<string, string> }
    for (const [id, text] of Object.entries(sessions)) {
      const data = JSON.parse(text)
      change(data)
      sessions[id] = JSON.stringify(data)
    }
  }
}

/** One process of a function. */
export class FunctionProcess {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, sessions: Sessions) {
    this.#child = child
    child.on('message', (message: ToPlatform) => {
      if (message.type === 'store') void this.#answer(message, sessions)
    })
  }

  static async start(setup: Setup, sessions: Sessions): Promise<FunctionProcess> {
    const path = fileURLToPath(new URL('./function.ts', import.meta.url))
    const child = fork(path, [JSON.stringify(setup)], { execArgv: ['--import', 'tsx'] })
    const started = new FunctionProcess(child, sessions)
    await started.#told('ready')
    return started
  }

  /** Sends an event and waits for the answer. */
  async invoke(method: string, path: string, cookies: readonly string[] = []): Promise<Response> {
    const event = {
      version: '2.0',
      rawPath: path,
      rawQueryString: '',
      headers: { host: 'app.example.com' },
      cookies,
      requestContext: { http: { method, path, sourceIp: '192.0.2.1' } },
      isBase64Encoded: false
    }
    this.#send({ type: 'event', event })
    const { response } = await this.#told('response')
    return response as Response
  }

  /** Waits for `settled()`. */
  async settle(): Promise<void> {
    this.#send({ type: 'settle' })
    await this.#told('settled')
  }

  /** Resolves when the process has stopped. */
  async freeze(): Promise<void> {
    this.#child.kill('SIGSTOP')
    await until('the process is stopped', async () => {
      const { stdout } = await promisify(execFile)('ps', ['-o', 'state=', '-p', String(this.#child.pid)])
      return stdout.startsWith('T')
    })
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }

  #send(message: ToFunction): void {
    // An answer for a process that has ended cannot be sent.
    this.#child.send(message, () => {})
  }

  #told<T extends ToPlatform['type']>(type: T): Promise<Extract<ToPlatform, { type: T }>> {
    return new Promise((resolve) => {
      const listen = (message: ToPlatform): void => {
        if (message.type !== type) return
        this.#child.off('message', listen)
        resolve(message as Extract<ToPlatform, { type: T }>)
      }
      this.#child.on('message', listen)
    })
  }

  async #answer(call: Extract<ToPlatform, { type: 'store' }>, { store }: Sessions): Promise<void> {
    const results = await new Promise<unknown[]>((resolve) => {
      const [id, data] = call.args as [string, never]
      if (call.operation === 'get') store.get(id, (...all) => resolve(all))
      else if (call.operation === 'set') store.set(id, data, (...all) => resolve(all))
      else store.destroy(id, (...all) => resolve(all))
    })
    this.#send({ type: 'stored', call: call.call, results })
  }
}
