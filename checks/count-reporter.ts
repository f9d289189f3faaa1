import type { Reporter, TestModule } from 'vitest/node'

/** Prints `N passed, N failed` alone on the last line; a file that does not load counts as a failure. */
export class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    for (const module of modules) {
      if (module.state() === 'failed' && module.children.size === 0) counts.failed += 1
      for (const test of module.children.allTests()) {
        const state = test.result().state
        if (state === 'passed') counts.passed += 1
        else if (state === 'failed') counts.failed += 1
        else counts.skipped += 1
      }
    }
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
    // After the default reporter's own summary, which is printed in the same turn of the loop.
    setImmediate(() => console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`))
  }
}
