/**
 * How Node runs the server. Its young generation may grow to 48 MB before it is collected, and a sync fills it with pages
 * that are garbage a moment later; with a small one the process keeps to about half the memory at the same speed
 * (`npm run bench -- sync`). The script `serve` in package.json says the same.
 */
export const nodeFlags: readonly string[] = ['--max-semi-space-size=4']
