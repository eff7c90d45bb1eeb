import { vi } from 'vitest'
import type { Kernels } from '../kernels.js'
import { simdKernels } from '../simd.js'

/** The kernels in WebAssembly, and the memory that they compute in. */
export function watchedKernels(): { readonly kernels: Kernels; readonly memory: WebAssembly.Memory } {
  const memories: WebAssembly.Memory[] = []
  const Instance = class extends WebAssembly.Instance {
    constructor(module: WebAssembly.Module) {
      super(module)
      memories.push(this.exports.memory as WebAssembly.Memory)
    }
  }
  vi.stubGlobal('WebAssembly', { Module: WebAssembly.Module, Instance })
  const kernels = simdKernels()!
  vi.unstubAllGlobals()
  return { kernels, memory: memories[0]! }
}

/** Whether nothing of any call is left: a kept table, or sums that are held, are not to be there. */
export function isWiped({ buffer }: WebAssembly.Memory): boolean {
  return new Uint8Array(buffer).every((byte) => byte === 0)
}
