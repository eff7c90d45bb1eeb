export type { RunEnvironment } from './environment.js'
export { type Resumed, resumeRun, type Sitting, startRun } from './run.js'
export type { RunConfiguration } from './run-folder.js'
