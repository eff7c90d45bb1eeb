export { type PrivacyEvents, privacyEvents } from './events.js'
export { privacyFacts } from './facts.js'
export { labelHtml, labelText } from './label.js'
export { runSource, taskSource } from './sources.js'
