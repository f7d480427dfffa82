// React Router in framework mode, built by its own tool.
import { execFileSync } from 'node:child_process'
import { serveRendered } from '../kit/rendered.js'

const tool = '../../../node_modules/@react-router/dev/bin.js'
execFileSync(process.execPath, [tool, 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })
const { addPages } = await import('./pages.js')
await serveRendered(addPages)
