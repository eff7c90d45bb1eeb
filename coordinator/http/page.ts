import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { PAGE_SCRIPT } from './page-script.js'
import { PAGE_STYLE } from './page-style.js'

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Tacit: training rounds</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>Tacit</h1>
<p>Training rounds, live. Shoppers' histories stay on their devices: what is shown here comes from sums over many of them.</p>
<p id="connection" role="status">Connecting …</p>
</header>
<main id="tasks"></main>
<noscript><p>This page needs JavaScript. The same figures are at <a href="/v1/status">/v1/status</a>.</p></noscript>
<template id="task">
<article>
<h2></h2>
<p class="summary" aria-live="polite"></p>
<figure class="empty">
<figcaption>HR@10 by round<span class="noise" hidden>, with noise</span> <span class="hint">each device ranks its held-out latest item among 99 that it does not know; ties count against it</span></figcaption>
<div class="plot">
<svg role="img" viewBox="0 0 640 220" preserveAspectRatio="none"></svg>
<div class="scale" aria-hidden="true"></div>
</div>
<p class="nothing">Nothing measured yet.</p>
<div class="axis" aria-hidden="true"><span class="first"></span><span class="last"></span></div>
</figure>
<dl>
<div class="lead"><dt>HR@10</dt><dd data-figure="hr"></dd></div>
<div><dt>Round</dt><dd data-figure="round"></dd></div>
<div><dt>Phase</dt><dd data-figure="phase"></dd></div>
<div><dt>Devices</dt><dd data-figure="devices"></dd></div>
<div><dt>Groups</dt><dd data-figure="groups"></dd></div>
<div><dt>Released</dt><dd data-figure="released"></dd></div>
<div class="broad"><dt>Aborted</dt><dd data-figure="aborted"></dd></div>
<div class="broad"><dt>Secure sum</dt><dd data-figure="sum"></dd></div>
<div class="broad" data-privacy hidden><dt>Privacy budget</dt><dd><meter min="0"></meter><span data-figure="privacy"></span></dd></div>
<div class="wide"><dt>Model</dt><dd data-figure="model"></dd></div>
</dl>
</article>
</template>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`

const POLICY = [
  "default-src 'none'",
  `script-src '${sourceHash(PAGE_SCRIPT)}'`,
  `style-src '${sourceHash(PAGE_STYLE)}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The live status page: one document that loads nothing else but `/v1/events` and the tasks' histories. */
export async function pageRoute(app: FastifyInstance): Promise<void> {
  app.get('/', (_, reply) =>
    reply
      .headers({
        'content-security-policy': POLICY,
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-cache',
      })
      .type('text/html; charset=utf-8')
      .send(PAGE),
  )
}

function sourceHash(source: string): string {
  return `sha256-${createHash('sha256').update(source).digest('base64')}`
}
