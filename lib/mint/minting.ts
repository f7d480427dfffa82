// What only a mint or a shared helper needs, with its libraries: `lib/tokens/load-minting.ts` loads it at its first use.
export { createMint } from './policy.js'
export { createSideCall } from './side-call.js'
