/** A TypeScript source without its comments, and with what is quoted taken out of the code. */
export interface ScannedSource {
  /** Text n stands here as "n", a template with substitutions as its expressions, a regular expression as 0. */
  readonly code: string
  readonly texts: readonly string[]
}

/**
 * Tells code, comments and quoted text apart, which is all that finding imports and global names takes. A
 * slash begins a regular expression where no operand can stand before it: right for code as Biome formats it.
 */
export function scanSource(source: string): ScannedSource {
  return new Scanner(source).scan()
}

const NO_OPERAND =
  /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|delete|void|throw|else|do|await|yield))\s*$/
// Each reads on from where it is put, to its end or to that of the source.
const LINE_COMMENT = /[^\n]*/y
const BLOCK_COMMENT = /[\s\S]*?(?:\*\/|$)/y
const REGULAR_EXPRESSION = /(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])*(?:\/|$|(?=\n))/y
const SINGLE_QUOTED = /((?:\\[\s\S]|[^'\\\n])*)(?:['\n\\]|$)/y
const DOUBLE_QUOTED = /((?:\\[\s\S]|[^"\\\n])*)(?:["\n\\]|$)/y
const TEMPLATE = /((?:\\[\s\S]|\$(?!\{)|[^`$\\])*)(`|\$\{|\\?$)/y

class Scanner {
  readonly #source: string
  readonly #texts: string[] = []
  /** What each open brace belongs to: a block, or a substitution of a template. */
  readonly #braces: ('block' | 'template')[] = []
  #code = ''
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  scan(): ScannedSource {
    while (this.#at < this.#source.length) this.#token(this.#source[this.#at++]!)
    return { code: this.#code, texts: this.#texts }
  }

  #token(c: string): void {
    if (c === '/') this.#slash()
    else if (c === "'") this.#quote(this.#read(SINGLE_QUOTED)[1]!)
    else if (c === '"') this.#quote(this.#read(DOUBLE_QUOTED)[1]!)
    else if (c === '`') this.#template()
    else if (c === '}' && this.#braces.pop() === 'template') this.#restOfTemplate()
    else {
      if (c === '{') this.#braces.push('block')
      this.#code += c
    }
  }

  #slash(): void {
    const next = this.#source[this.#at]
    if (next === '/') this.#read(LINE_COMMENT)
    else if (next === '*') {
      this.#at++
      this.#read(BLOCK_COMMENT)
      this.#code += ' '
    } else if (NO_OPERAND.test(this.#code.slice(-40))) {
      this.#read(REGULAR_EXPRESSION)
      this.#code += '0'
    } else this.#code += '/'
  }

  /** A template without substitutions is a text like any other; of the rest only the code in it counts. */
  #template(): void {
    const [, text, end] = this.#read(TEMPLATE)
    if (end !== '${') this.#quote(text!)
    else {
      this.#braces.push('template')
      this.#code += '`('
    }
  }

  #restOfTemplate(): void {
    const [, , end] = this.#read(TEMPLATE)
    if (end === '${') this.#braces.push('template')
    this.#code += end === '${' ? ')(' : ')'
  }

  #quote(text: string): void {
    this.#code += `"${this.#texts.push(text) - 1}"`
  }

  #read(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#source)
    if (!match) throw new Error(`cannot read on from ${this.#at}`)
    this.#at = pattern.lastIndex
    return match
  }
}

const IMPORT =
  /(?<![.\w$])(?:(?:import|export)\b[\w\s{},*$]*?\bfrom\s*"(\d+)"|import\s*"(\d+)"|(?:import|require)\s*\(\s*(?:"(\d+)"\s*[,)])?)/g

/** What a source imports: static, `export ... from`, dynamic and of types; undefined where it is computed. */
export function importsOf({ code, texts }: ScannedSource): (string | undefined)[] {
  return [...code.matchAll(IMPORT)].map((match) => {
    const text = match[1] ?? match[2] ?? match[3]
    return text === undefined ? undefined : texts[Number(text)]
  })
}
