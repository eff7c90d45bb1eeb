// The kernel module: what WebAssembly runs of shared/kernels, compiled by build.js into ../module.ts.
//
// AssemblyScript, without a heap: every argument called a place is an address in the module's memory, which
// ../simd.ts lays out and copies into and out of. Nothing here allocates, imports or keeps state. Every sum
// is taken in the order of the plain twin (../plain.ts), element by element: no fused multiply-add, no
// relaxed SIMD. Rows that arithmetic walks are padded with zeros to `stride` bytes, a multiple of four
// numbers; what gathers in the padding is never read into a result.

export { clip, clipSingles } from './clip'
export { addGram, countAtLeast, foldIn, gradients, newtonSteps, outerProducts, scores } from './learning'
export { addCrossed, addDrawn, addSeeded } from './rounding'
export { drawGroups } from './sampling'
export { drawWords } from './threefry'
export { differences, trainPairs, trainScores } from './training'
