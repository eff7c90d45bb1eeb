import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { Process } from '../support/processes.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
]

const text = (file: string) => readFileSync(join(ROOT, file), 'utf8')

/** Command lines of the shell blocks of a document, without their comments. */
function commands(file: string): string[] {
  return [...text(file).matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block]) =>
    block!
      .split('\n')
      .map((line) => line.replace(/\s+#.*$/, '').trim())
      .filter((line) => line !== '' && !line.startsWith('#')),
  )
}

const runnable = [...new Set(documents.flatMap(commands))].filter((line) => /^npx tacit/.test(line))

const PRINTED = '<!-- printed by the commands so far -->'

/** Columns may be wider beside what a document leaves out. */
const unspaced = (shown: string) => shown.replace(/\s+/g, ' ').trim()

const SCRIPTS: Readonly<Record<string, string>> = {
  tacit: 'simulations/bin/tacit.js',
  'tacit-coordinator': 'coordinator/bin/tacit-coordinator.js',
}

describe('the documentation', () => {
  it('shows commands at all', () => expect(runnable.length).toBeGreaterThan(5))

  // What they write, one after another, in the order of the document.
  const written = mkdtempSync(join(tmpdir(), 'tacit-docs-'))
  afterAll(() => rmSync(written, { recursive: true, force: true }))

  const printed: string[] = []
  it.each(runnable)('%s works', async (line) => {
    const [, name, ...words] = line.split(/\s+/)
    const args = words.map((word) => word.replace(/^(?=runs\/)/, `${written}/`))
    const process = new Process(SCRIPTS[name!]!, args)
    expect(await process.exit(), process.output).toBe(0)
    if (args.includes('--json')) expect(JSON.parse(process.output).schema).toBe(1)
    printed.push(process.output)
  })

  // Blocks that a document says its commands print, line by line.
  it.each(documents.filter((file) => text(file).includes(PRINTED)))('%s shows what is printed', (file) => {
    const blocks = [...text(file).matchAll(new RegExp(`${PRINTED}\n\`\`\`\n(.*?)\`\`\``, 'gs'))]
    expect(blocks.length).toBeGreaterThan(0)
    const all = unspaced(printed.join('\n'))
    for (const line of blocks.flatMap(([, block]) => block!.trim().split('\n')))
      expect(all).toContain(unspaced(line))
  })

  it.each(documents)('%s links to files that exist', (file) => {
    const links = [...text(file).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!)
    for (const link of links.filter((target) => !/^[a-z]+:/.test(target))) {
      expect(existsSync(join(ROOT, dirname(file), link)), link).toBe(true)
    }
  })

  it('names only npm scripts that exist', () => {
    const scripts = JSON.parse(text('package.json')).scripts as Record<string, string>
    for (const line of documents.flatMap(commands)) {
      const script = line.match(/^npm run (\S+)/)?.[1]
      if (script) expect(scripts, line).toHaveProperty([script])
    }
  })
})
