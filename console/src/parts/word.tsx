import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClock,
  IconPlayerPause,
  IconProgress,
} from '@tabler/icons-react'
import type { JSX, ReactNode } from 'react'

export type Tone = 'ok' | 'warn' | 'bad' | 'wait' | 'info' | 'idle'

const icons = {
  ok: IconCircleCheck,
  warn: IconAlertTriangle,
  bad: IconCircleX,
  wait: IconPlayerPause,
  info: IconProgress,
  idle: IconCircleDashed,
} as const

/** The icon of a tone. Never the only bearer of a meaning: a word stands beside it. */
export function ToneIcon({ tone, size = 16 }: { tone: Tone; size?: number }): JSX.Element {
  const Icon = icons[tone]
  return <Icon size={size} stroke={2} aria-hidden />
}

/** A state in one word: colour, icon and text say the same. */
export function Word({
  tone,
  children,
  late,
}: {
  tone: Tone
  children: ReactNode
  late?: boolean
}): JSX.Element {
  return (
    <span className="word" data-tone={tone}>
      {late ? <IconClock size={13} stroke={2} aria-hidden /> : <ToneIcon tone={tone} size={13} />}
      {children}
    </span>
  )
}
