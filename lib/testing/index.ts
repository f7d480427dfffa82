// The public names of `express-hubspot-identification/testing`; no logic.
export type { SimulatorConversation, SimulatorMessage } from './conversations.js'
export type { FaultKind, FaultRule, SimulatorFault } from './faults.js'
export type { HubSpotSimulatorOptions } from './options.js'
export type { SimulatorRequest } from './requests.js'
export { type HubSpotSimulator, startHubSpotSimulator } from './simulator.js'
export type { VerifiedToken } from './tokens.js'
