export { createNodeDevice, nodePlatform } from './platform.js'
