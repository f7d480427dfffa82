// The code, with its libraries, that is needed only to mint or to call a shared store; `lib/tokens/load-minting.ts` loads it at the
// first use.
export { createMint } from './policy.js'
export { createSideCall } from './side-call.js'
