/**
 * Faults: what the network, a proxy or a tired tenant may do to a request.
 *
 * Owns the rules (which requests, after how many, how often) and the ways to spoil an answer: refuse, drop
 * before or after the effect, hang, truncate, cut JSON, drip, pad, redirect, HTML page, changed headers or
 * body. A fault "after" lets the write take effect first, which is what makes an outcome unknown.
 *
 * Promises: rules are tried in order of addition and the first that fires wins; probabilities are drawn from
 * the sandbox's seed; a request that was dropped or left hanging is logged with status 0.
 */
export { FaultControl, type FaultEffect, type FaultMatch, type FaultRule } from './rules.ts'
export { answerInstead, reshape, sendBroken, type Outgoing } from './send.ts'
