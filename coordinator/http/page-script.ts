/** Script of the status page, in the JavaScript that browsers run as it is. */
export const PAGE_SCRIPT = String.raw`
'use strict'
const SVG = 'http://www.w3.org/2000/svg'
const [WIDTH, HEIGHT, MOST_POINTS] = [640, 220, 400]
const RETRY_MS = 4000
const views = new Map()
const $ = (selector, root = document) => root.querySelector(selector)
const percent = (value) => (100 * value).toFixed(1) + '\u00a0%'
const plural = (count, noun) => count + ' ' + noun + (count === 1 ? '' : 's')

function element(name, attributes, parent) {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  parent.append(made)
  return made
}

/** Text nodes that have not changed are left alone, so that a screen reader says only what is new. */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text
}

function setFigure(view, name, text, note = '') {
  const node = $('[data-figure=' + name + ']', view.root)
  const key = text + '\n' + note
  if (view.figures.get(name) === key) return
  view.figures.set(name, key)
  node.replaceChildren(text)
  if (note) node.append(Object.assign(document.createElement('small'), { textContent: note }))
}

function viewOf(name) {
  let view = views.get(name)
  if (view) return view
  const root = $('#task').content.cloneNode(true).firstElementChild
  view = { root, name, figures: new Map(), points: new Map() }
  setText($('h2', root), name)
  root.setAttribute('aria-label', 'Task ' + name)
  $('#tasks').append(root)
  views.set(name, view)
  loadHistory(view)
  return view
}

async function loadHistory(view) {
  try {
    const response = await fetch('/v1/tasks/' + encodeURIComponent(view.name) + '/history')
    if (!response.ok) return
    for (const point of await response.json()) view.points.set(point.round, point['hr@10'])
    drawChart(view)
  } catch {
    // The stream of events says that the coordinator is away, and the line goes on with what it brings.
  }
}

/** At most MOST_POINTS of the points, the last one among them. */
function thinned(points) {
  const step = Math.ceil(points.length / MOST_POINTS)
  return points.filter((_, index) => (points.length - 1 - index) % step === 0)
}

function drawChart(view) {
  const svg = $('svg', view.root)
  const all = [...view.points].sort((a, b) => a[0] - b[0])
  $('figure', view.root).classList.toggle('empty', all.length === 0)
  if (all.length === 0) return
  const points = thinned(all)
  const [first, last] = [points[0], points[points.length - 1]]
  const highest = all.reduce((most, [, value]) => Math.max(most, value), 0)
  const top = Math.min(1, Math.max(0.1, Math.ceil(highest * 11) / 10))
  const x = ([round]) => (last[0] === first[0] ? 0 : (WIDTH * (round - first[0])) / (last[0] - first[0]))
  const y = ([, value]) => HEIGHT * (1 - value / top)
  const path = points.map((point) => x(point).toFixed(1) + ' ' + y(point).toFixed(1))
  if (path.length === 1) path.push(WIDTH + ' ' + y(first).toFixed(1))
  svg.replaceChildren()
  const labels = []
  for (const share of [0, 0.5, 1]) {
    const at = HEIGHT * (1 - share)
    element('line', { class: 'grid', x1: 0, x2: WIDTH, y1: at, y2: at }, svg)
    const label = document.createElement('span')
    label.textContent = Math.round(100 * top * share) + '\u00a0%'
    label.style.top = 100 * (1 - share) + '%'
    labels.push(label)
  }
  element('path', { class: 'area', d: 'M0 ' + HEIGHT + ' L' + path.join(' L') + ' L' + WIDTH + ' ' + HEIGHT + ' Z' }, svg)
  element('path', { class: 'line', d: 'M' + path.join(' L') }, svg)
  svg.setAttribute(
    'aria-label',
    'HR@10 by round' + (view.noisy ? ', with noise' : '') + ': ' + percent(first[1]) + ' in round ' + first[0] + ', ' + percent(last[1]) + ' in round ' +
      last[0] + ', highest ' + percent(highest),
  )
  $('.scale', view.root).replaceChildren(...labels)
  setText($('.first', view.root), 'round ' + first[0])
  setText($('.last', view.root), last[0] === first[0] ? '' : 'round ' + last[0])
}

function maskingNote({ coordinator, identity, groupSize, neighbours, threshold }) {
  if (!coordinator) return 'the coordinator can read every vector'
  const graph = neighbours ? ', ' + neighbours + ' neighbours of ' + groupSize + ', ' + threshold + ' open a secret' : ''
  return coordinator + ' coordinator, ' + identity + ' devices' + graph
}

function showPrivacy(view, privacy) {
  const box = $('[data-privacy]', view.root)
  box.hidden = !privacy
  if (!privacy) return
  const { epsilon, delta, spent, epsilonAgainstCoordinator: against, remainingRounds, periodEndsAt, exhausted } = privacy
  const meter = $('meter', box)
  meter.max = epsilon
  meter.high = 0.8 * epsilon
  meter.value = Math.min(spent, epsilon)
  meter.setAttribute('aria-label', 'privacy budget spent')
  const left = exhausted ? 'exhausted' : 'about ' + plural(remainingRounds, 'round') + ' left'
  const notes = [left, 'delta ' + delta, privacy.mode + ' noise, ' + Number(privacy.noiseMultiplier.toPrecision(3)) + ' times the clip']
  if (against !== null) notes.push('epsilon ' + against.toFixed(2) + ' against the coordinator')
  if (periodEndsAt) notes.push('renewed ' + periodEndsAt.slice(0, 10))
  setFigure(view, 'privacy', ' epsilon ' + spent.toFixed(2) + ' of ' + epsilon, notes.join(', '))
}

function show(task) {
  const view = viewOf(task.name)
  const { round, rounds, model } = task
  const measured = task.metrics['hr@10']
  view.noisy = task.privacy !== undefined
  $('.noise', view.root).hidden = !view.noisy
  setFigure(view, 'hr', measured ? percent(measured.value) : '–',
    measured
      ? (task.privacy ? 'with noise; ' : '') + 'round ' + measured.round + ', ' + plural(measured.devices, 'device')
      : '')
  setFigure(view, 'round', String(round.number))
  setFigure(view, 'phase', round.phase)
  setFigure(view, 'devices', String(round.devices), round.wanted ? 'of ' + round.wanted + ' that a round starts with' : '')
  setFigure(view, 'groups', String(round.groups))
  setFigure(view, 'released', String(rounds.released))
  const reasons = Object.entries(rounds.abortedByReason).map(([reason, count]) => count + ' ' + reason.replaceAll('-', ' '))
  setFigure(view, 'aborted', String(rounds.aborted), reasons.join(', '))
  const { secureSum } = task
  if (secureSum) setFigure(view, 'sum', secureSum.backend, maskingNote(secureSum))
  showPrivacy(view, task.privacy)
  setFigure(view, 'model', 'version ' + model.version, model.hash)
  const summary = plural(rounds.released, 'round') + ' released, ' + rounds.aborted + ' aborted.'
  setText($('.summary', view.root), summary + (measured ? ' HR@10 is ' + percent(measured.value) + (task.privacy ? ', with noise.' : '.') : ''))
  if (measured && view.points.get(measured.round) !== measured.value) {
    view.points.set(measured.round, measured.value)
    drawChart(view)
  }
}

function render(status) {
  for (const task of status.tasks) show(task)
  for (const [name, view] of views) {
    if (status.tasks.some((task) => task.name === name)) continue
    view.root.remove()
    views.delete(name)
  }
}

function connection(state, text) {
  const node = $('#connection')
  node.className = state
  setText(node, text)
}

function connect() {
  const events = new EventSource('/v1/events')
  events.onopen = () => {
    connection('live', 'Live')
    // What was measured while the connection was away.
    for (const view of views.values()) loadHistory(view)
  }
  events.onmessage = (event) => render(JSON.parse(event.data))
  events.onerror = () => {
    connection('lost', 'The coordinator does not answer; trying again …')
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, RETRY_MS * (0.5 + Math.random()))
  }
}

connect()
`
