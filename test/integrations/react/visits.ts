// React's streaming renderer, in its development build, which warns of hydration mismatches.
import { build } from 'esbuild'
import { serveRendered } from '../kit/rendered.js'
import { addPages } from './pages.js'

const development = { 'process.env.NODE_ENV': '"development"' }
await build({
  entryPoints: ['client.js'],
  outdir: 'public',
  bundle: true,
  splitting: true,
  format: 'esm',
  define: development,
  logLevel: 'error'
})
await serveRendered(addPages)
