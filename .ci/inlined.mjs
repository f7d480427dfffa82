// What the build takes in of other people's code: which parts of it are left out, and the notice of its licences.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The package that a file of node_modules belongs to. */
const PACKAGE_FOLDER = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/

/**
 * Leaves out what node-fetch brings for old versions of Node and for what is not used here: the polyfill of web streams, which
 * every supported Node has; blobs of files; and `response.formData()`, since an answer of HubSpot is read as a stream.
 */
export const nodeFetchParts = {
  name: 'node-fetch-parts',
  setup(build) {
    const isAsked = Symbol('asked')
    build.onResolve({ filter: /^(fetch-blob\/from\.js|\.\/streams\.cjs)$/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === isAsked) return undefined
      const { importer, namespace, resolveDir, kind } = from
      const found = await build.resolve(path, { importer, namespace, resolveDir, kind, pluginData: isAsked })
      // An import that nothing is taken from is dropped.
      return { ...found, sideEffects: false }
    })
    build.onLoad({ filter: /node-fetch\/src\/utils\/multipart-parser\.js$/ }, () => ({
      contents: "export const toFormData = () => { throw new TypeError('response.formData() is not built in') }"
    }))
  }
}

/** The folders of the packages of which anything is in the output. */
export function packageFoldersIn(metafile) {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs))
  const folders = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path.match(PACKAGE_FOLDER)?.[0])
  return new Set(folders.filter((folder) => folder !== undefined))
}

/** Name, version and licence of each package, as their licences ask for. */
export function noticesOf(folders) {
  const notices = [...folders].map(noticeOf).sort((a, b) => (a.title < b.title ? -1 : 1))
  const head = `express-hubspot-identification has code of these packages built in:

${notices.map(({ title }) => `- ${title}`).join('\n')}
`
  return [head, ...notices.map(({ title, text }) => `${title}\n\n${text}\n`)].join(`\n${'-'.repeat(80)}\n\n`)
}

function noticeOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const text = licenceIn(folder)
  if (!text || !license) throw new Error(`${folder}: built in, but its licence cannot be found`)
  return { title: `${name} ${version} (${license})`, text }
}

/** The text of the licence file, else of the README's last chapter. */
function licenceIn(folder) {
  const file = readdirSync(folder).find((name) => /^licen[cs]e(\.md|\.txt)?$/i.test(name))
  if (file) return readFileSync(join(folder, file), 'utf8').trim()
  const readme = readFileSync(join(folder, 'README.md'), 'utf8')
  const [, chapter = ''] = readme.split(/^License\n-+$/m)
  const withoutLinks = chapter.replace(/^\[[^\]]+\]: .*$/gm, '')
  return withoutLinks.replaceAll('&lt;', '<').replaceAll('&gt;', '>').trim()
}
