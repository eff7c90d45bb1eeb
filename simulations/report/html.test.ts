import fc from 'fast-check'
import { expect, it } from 'vitest'
import { html, printable, raw } from './html.js'

it('escapes every value but markup', () => {
  const hostile = `<img src=x onerror="alert('1')">&amp;`
  expect(html`<p title="${hostile}">${raw('<b>')}${[hostile, 1]}</p>`.text).toBe(
    '<p title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;"><b>&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;1</p>',
  )
})

it('leaves no character that could open markup or end an attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(html`${text}`.text).not.toMatch(/[<>"']/)
      expect(html`${text}`.text).toMatch(/^(?:[^&]|&(?:amp|lt|gt|quot|#39);)*$/)
    }),
  )
})

it('shows nothing for what is absent, and a dash for a number that is none', () => {
  expect(html`${null}${undefined}${false}${''}|${Number.NaN}${Number.POSITIVE_INFINITY}|${0}`.text).toBe(
    '|––|0',
  )
})

it('takes out what a terminal or a reader would obey', () => {
  expect(printable('a\u001b[31mred\u0007 \u202Etxt.exe\n\tb')).toBe('a\ufffd[31mred\ufffd \ufffdtxt.exe b')
})
