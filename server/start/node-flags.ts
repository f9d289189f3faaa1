/**
 * How Node runs the server. A sync fills memory with pages that are garbage a moment later, and Node by itself lets that
 * grow: the young generation to 48 MB, and all of it to four times what is in use where the heap may become large. A
 * small young generation, and a heap of 1 GB at most, which is many times what is ever in use, keep the process below
 * 300 MB at the same speed (`npm run bench -- sync`). The script `serve` in package.json says the same.
 */
export const nodeFlags: readonly string[] = ['--max-semi-space-size=8', '--max-old-space-size=1024']
