// Reads the settings of `simulator` from its flags. The environment is not read, because it may name a real account.
import type { FlagName } from './flags.js'
import type { SimulatorCommand } from './simulator.js'
import { WrongUsage } from './wrong-usage.js'

const DEFAULT_PORT = '4010'
const DEFAULT_PORTAL_ID = '12345'

/** Reads the settings of `simulator`; throws a `WrongUsage`. */
export function readSimulatorCommand(flagValue: (flag: FlagName) => unknown): SimulatorCommand {
  const port = String(flagValue('port') ?? DEFAULT_PORT)
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new WrongUsage('--port takes a whole number from 0 to 65535; 0 takes any free port.')
  }
  const portalId = String(flagValue('portal-id') ?? DEFAULT_PORTAL_ID)
  if (!/^\d{1,15}$/.test(portalId)) throw new WrongUsage('--portal-id takes digits only, at most 15.')
  return { port: Number(port), portalId }
}
