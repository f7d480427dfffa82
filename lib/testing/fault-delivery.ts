// Sends a fault instead of the answer; faults.ts decides which call gets which fault.
import type { ServerResponse } from 'node:http'
import { type Answer, jsonAnswer, sendAnswer, textAnswer, writeHead } from './answer.js'
import { answerForStatus } from './api-errors.js'
import type { SimulatorFault } from './faults.js'

const ENDLESS_CHUNK = 'a'.repeat(16 * 1024)

/** Answers a call with a fault; `answer` gives the normal answer and is only called if the fault needs it. */
export function deliverFault(res: ServerResponse, fault: SimulatorFault, answer: () => Answer): void {
  if (fault.delayMs === undefined) actOut(res, fault, answer)
  else later(res, fault.delayMs, () => actOut(res, fault, answer))
}

function actOut(res: ServerResponse, fault: SimulatorFault, answer: () => Answer): void {
  if ('redirect' in fault) sendAnswer(res, redirectTo(fault.redirect, fault.status ?? 302))
  else if ('hang' in fault) hang(res, fault.hang === true ? undefined : answer())
  else if ('drip' in fault) drip(res, answer(), fault.drip.intervalMs)
  else if ('reset' in fault) reset(res, fault.reset === true ? undefined : answer())
  else if ('html' in fault) sendAnswer(res, textAnswer('text/html', fault.html))
  else if ('empty' in fault) sendAnswer(res, jsonAnswer(200, undefined))
  else if ('truncate' in fault) truncate(res, answer(), fault.truncate === true)
  else if ('endless' in fault) sendForever(res)
  else if ('token' in fault) sendAnswer(res, jsonAnswer(200, { token: fault.token }))
  else if ('status' in fault) sendAnswer(res, withStatus(fault))
  else sendAnswer(res, answer())
}

function redirectTo(location: string, status: number): Answer {
  return { status, headers: { location }, body: '' }
}

function withStatus(fault: Extract<SimulatorFault, { status: number; body?: unknown }>): Answer {
  const documented = answerForStatus(fault.status, fault.policyName)
  const { body } = fault
  const plain = typeof body === 'string' ? { status: fault.status, headers: {}, body } : jsonAnswer(fault.status, body)
  const answer = body === undefined ? documented : plain
  return { ...answer, headers: { ...answer.headers, ...fault.headers } }
}

function hang(res: ServerResponse, answer: Answer | undefined): void {
  if (answer !== undefined) sendHeadOnly(res, answer)
}

function sendHeadOnly(res: ServerResponse, answer: Answer): void {
  writeHead(res, answer)
  res.flushHeaders()
}

function drip(res: ServerResponse, answer: Answer, intervalMs: number): void {
  const bytes = Buffer.from(answer.body)
  sendHeadOnly(res, answer)
  const next = (position: number): void => {
    if (position + 1 >= bytes.length) {
      res.end(bytes.subarray(position))
      return
    }
    res.write(bytes.subarray(position, position + 1))
    later(res, intervalMs, () => next(position + 1))
  }
  next(0)
}

/** Sends a TCP RST, so that the caller gets ECONNRESET instead of a normal end of the connection. */
function reset(res: ServerResponse, answer: Answer | undefined): void {
  if (answer === undefined) {
    res.socket?.resetAndDestroy()
    return
  }
  sendHeadOnly(res, answer)
  later(res, 10, () => res.socket?.resetAndDestroy())
}

function truncate(res: ServerResponse, answer: Answer, cut: boolean): void {
  const half = { ...answer, body: answer.body.slice(0, Math.ceil(answer.body.length / 2)) }
  if (!cut) {
    sendAnswer(res, half)
    return
  }
  writeHead(res, half, Buffer.byteLength(answer.body))
  res.write(half.body, () => res.socket?.destroy())
}

function sendForever(res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'application/json;charset=utf-8' })
  res.write('{"token":"')
  const more = (): void => {
    if (!res.destroyed) res.write(ENDLESS_CHUNK, () => setImmediate(more))
  }
  more()
}

/** Calls `act` later, unless the connection has been closed; the timer does not keep the process alive. */
function later(res: ServerResponse, delayMs: number, act: () => void): void {
  const actIfConnected = (): void => {
    try {
      if (!res.destroyed) act()
    } catch {
      // An error while sending the fault ends only this call, not the process of the test.
      res.destroy()
    }
  }
  setTimeout(actIfConnected, delayMs).unref()
}
