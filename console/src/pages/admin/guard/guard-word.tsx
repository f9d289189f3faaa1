import type { JSX } from 'react'
import { type Tone, Word } from '../../../parts/word.tsx'
import type { Stop } from './guard-query.ts'

const words: Readonly<Record<Stop['state'], readonly [Tone, string]>> = {
  stopped: ['warn', 'Stopped'],
  requested: ['wait', 'Second person needed'],
  released: ['ok', 'Released'],
  superseded: ['idle', 'Superseded'],
}

export function StopWord({ state }: { state: Stop['state'] }): JSX.Element {
  const [tone, word] = words[state]
  return <Word tone={tone}>{word}</Word>
}
