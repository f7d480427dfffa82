// React's streaming renderer; its development build warns of what does not fit when it takes the page over.
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
