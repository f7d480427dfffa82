// Writes the results: Markdown sections in RESULTS.md, one for each part, with machine, versions, date and command.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { digestOfBuild } from './library.js'

const FOLDER = resolve('test/bench')
const FILE = join(FOLDER, 'RESULTS.md')
/** The commit at the start of the run. */
const COMMIT = commit()
const INTRODUCTION = `# Benchmark results

Written by \`npm run bench\`; \`npm run bench -- 1 3\` runs some parts, \`--quick\` shortens them. Every figure was measured in the run
its section names, both sides of a comparison alternating in the same run, unless it says otherwise. Do not edit by hand.
`

/** The results of a part. */
export type Section = { readonly part: number; readonly title: string; readonly markdown: string }

/** The build that was measured, and the load average when the part began. */
export type Run = { readonly library: string; readonly loadBefore: number }

/** A Markdown table; the first row is the head. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const [head = [], ...body] = rows
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...body.map(line)].join('\n')
}

/** A line about a goal. */
export function goal(text: string, met: boolean): string {
  return `**Goal** ${text}: **${met ? 'met' : 'not met'}**.`
}

/** Writes an SVG next to RESULTS.md; gives the Markdown for it. */
export function picture(name: string, alt: string, svg: string): string {
  writeFileSync(join(FOLDER, name), svg)
  return `![${alt}](${name})`
}

/** Prints a section and replaces the former one in RESULTS.md. */
export function keepSection({ part, title, markdown }: Section, run: Run): void {
  const text = `## ${part}. ${title}\n\n${markdown.trim()}\n\n${circumstances(run)}\n`
  console.log(`\n${text}`)
  const before = existsSync(FILE) ? readFileSync(FILE, 'utf8').split(/^(?=## \d+\. )/m) : []
  const others = before.filter((section) => section.startsWith('## ') && !section.startsWith(`## ${part}. `))
  const sections = [...others.map((section) => `${section.trim()}\n`), text].sort(
    (a, b) => Number.parseInt(a.slice(3), 10) - Number.parseInt(b.slice(3), 10)
  )
  writeFileSync(FILE, [INTRODUCTION, ...sections].join('\n'))
}

/** The version of an installed package. */
export function versionOf(name: string): string {
  const manifest = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string }
  return manifest.version
}

function circumstances({ library, loadBefore }: Run): string {
  const manifest = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8')) as {
    version: string
    dependencies: Record<string, string>
  }
  const beside = ['express', 'express-session', 'passport', 'ejs', '@hubspot/api-client']
  const packages = [...beside, ...Object.keys(manifest.dependencies).filter((name) => !name.startsWith('@types/'))]
  const [loadAfter = 0] = loadavg()
  return [
    `<sub>${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `\`npm run bench -- ${process.argv.slice(2).join(' ')}\``,
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    `load average ${loadBefore.toFixed(1)} before the part, ${loadAfter.toFixed(1)} at its end (its own processes included)`,
    `node ${process.version}, library ${manifest.version} at commit ${COMMIT} (build ${digestOfBuild(library)})`,
    `${packages.map((name) => `${name} ${versionOf(name)}`).join(', ')}</sub>`
  ].join(' · ')
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}
