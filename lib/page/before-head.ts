// Calls back as the head of a response is written: on-headers, without its price for the usual head.
import type { Response } from 'express'
import onHeaders from 'on-headers'
import { readProperty } from '../read-property.js'

type WriteHead = (...args: unknown[]) => Response

/**
 * Calls `listener` once, before the head is written, when all headers are set. Nearly every head is written with its status alone;
 * one that is given headers besides goes by on-headers, which knows all the forms they come in.
 */
export function beforeHead(res: Response, listener: () => void): void {
  const inner = readProperty(res, 'writeHead') as WriteHead
  let isTold = false

  function takeHeaders(args: unknown[]): Response {
    const outer = res.writeHead
    Reflect.set(res, 'writeHead', inner)
    onHeaders(res, listener)
    const { writeHead } = res
    Reflect.set(res, 'writeHead', outer)
    return (writeHead as WriteHead).apply(res, args)
  }

  function writeHead(...args: unknown[]): Response {
    if (isTold) return inner.apply(res, args)
    isTold = true
    if (args.length > 1) return takeHeaders(args)
    listener()
    return inner.apply(res, args)
  }

  // An assignment would have V8 remember a hidden class that no other response has.
  Reflect.set(res, 'writeHead', writeHead)
}
