export { type BarChart, barChart } from './bar-chart.js'
export { type LineChart, lineChart, type Point, type Series } from './line-chart.js'
