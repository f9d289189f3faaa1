/**
 * # start: everything for a person at a desk
 *
 * `npm start` shall end with an address in the terminal, whatever machine it is. This brings up the sandbox tenant,
 * builds the console when its sources are newer than the built page, starts the server (which brings its own
 * PostgreSQL), and prints what to open, how to sign in and what to paste. It decides nothing about the product.
 *
 * Promises:
 *  - Ctrl-C, or the end of this process in any way, ends everything it started, the server first. Children are not
 *    in our process group, so a Ctrl-C does not reach them on its own; they end when their IPC channel closes.
 *  - A child that ends by itself ends all, with its last words and exit code 1. Nothing is restarted silently: a
 *    person at a desk has to see it.
 *  - The first password goes from the server to the terminal over IPC and into no file or log.
 *  - A taken port, a directory that cannot be written, an instance that already runs, a missing build tool: each is
 *    one sentence and what to do.
 *
 * Production does not use this: `npm run serve` is the server alone.
 */
export { supervise, type SuperviseOptions } from './supervise.ts'
