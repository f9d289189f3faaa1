import { Button, Skeleton } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type JSX, useState } from 'react'
import { encode } from 'uqr'
import { CopyButton } from '../parts/copy-button.tsx'
import { Sheet } from '../parts/page.tsx'
import { Snippet } from '../parts/snippet.tsx'
import { Word } from '../parts/word.tsx'
import {
  confirmSecondFactor,
  newBackupCodes,
  removeSecondFactor,
  type SecondFactor,
  startSecondFactor,
} from '../session.ts'
import { CodeStep, PasswordStep } from './own-steps.tsx'

type Step = 'rest' | 'start' | 'confirm' | 'codes' | 'shown' | 'remove'

/** A code from an authenticator app beside the password (TOTP). `on` is undefined while it is not known. */
export function SecondFactorSheet({
  on,
  changed,
}: {
  on: boolean | undefined
  changed: () => void
}): JSX.Element {
  const [step, setStep] = useState<Step>('rest')
  const [factor, setFactor] = useState<SecondFactor | null>(null)
  const rest = () => {
    setStep('rest')
    setFactor(null)
  }
  return (
    <Sheet title="Second factor">
      <div className="stack">
        {step === 'rest' && (on === undefined ? <Skeleton h={34} /> : <Rest on={on} go={setStep} />)}
        {step === 'start' && (
          <PasswordStep
            action="Go on"
            cancel={rest}
            run={async (password) => {
              const result = await startSecondFactor(password)
              if ('failure' in result) return result.failure
              setFactor(result.value)
              setStep('confirm')
              return null
            }}
          />
        )}
        {step === 'confirm' && factor && (
          <>
            <Enrol uri={factor.totpURI} />
            <CodeStep
              action="Turn on"
              cancel={rest}
              run={async (code) => {
                const result = await confirmSecondFactor(code)
                if ('failure' in result) return result.failure
                notifications.show({ message: 'The second factor is on.' })
                changed()
                setStep('shown')
                return null
              }}
            />
          </>
        )}
        {step === 'codes' && (
          <PasswordStep
            action="Make new backup codes"
            cancel={rest}
            run={async (password) => {
              const result = await newBackupCodes(password)
              if ('failure' in result) return result.failure
              setFactor({ totpURI: '', ...result.value })
              setStep('shown')
              return null
            }}
          />
        )}
        {step === 'shown' && factor && <BackupCodes codes={factor.backupCodes} done={rest} />}
        {step === 'remove' && (
          <PasswordStep
            action="Turn off"
            danger
            cancel={rest}
            run={async (password) => {
              const result = await removeSecondFactor(password)
              if ('failure' in result) return result.failure
              notifications.show({ message: 'The second factor is off.' })
              changed()
              rest()
              return null
            }}
          />
        )}
      </div>
    </Sheet>
  )
}

function Rest({ on, go }: { on: boolean; go: (step: Step) => void }): JSX.Element {
  return (
    <div className="row" style={{ justifyContent: 'space-between' }}>
      <span style={{ flex: '1 1 260px' }}>
        <Word tone={on ? 'ok' : 'idle'}>{on ? 'On' : 'Off'}</Word>{' '}
        <span className="quiet">
          {on
            ? 'Signing in takes a code from your authenticator app.'
            : 'With it, a stolen password alone opens nothing. Takes an authenticator app.'}
        </span>
      </span>
      {on ? (
        <>
          <Button variant="default" onClick={() => go('codes')}>
            New backup codes
          </Button>
          <Button variant="default" onClick={() => go('remove')}>
            Turn off…
          </Button>
        </>
      ) : (
        <Button variant="default" onClick={() => go('start')}>
          Set up
        </Button>
      )}
    </div>
  )
}

function Enrol({ uri }: { uri: string }): JSX.Element {
  const secret = new URL(uri).searchParams.get('secret') ?? ''
  return (
    <div className="enrol">
      <QrCode text={uri} label="QR code for the authenticator app" />
      <div className="stack" style={{ flex: '1 1 240px', gap: 8 }}>
        <p style={{ margin: 0 }}>
          Scan this with an authenticator app, then type the code it shows. Without a camera, enter the key by
          hand:
        </p>
        <Snippet text={secret.match(/.{1,4}/g)?.join(' ') ?? ''} label="key for the authenticator app" />
      </div>
    </div>
  )
}

/** Drawn here: the key in it goes to no other program. */
function QrCode({ text, label }: { text: string; label: string }): JSX.Element {
  const { data, size } = encode(text, { border: 2 })
  const path = data
    .flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])))
    .join('')
  return (
    <svg
      className="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <path d={path} fill="#000" />
    </svg>
  )
}

function BackupCodes({ codes, done }: { codes: readonly string[]; done: () => void }): JSX.Element {
  return (
    <>
      <p style={{ margin: 0 }}>
        <b>Keep these backup codes.</b> Each opens the door once when the authenticator app is lost; they are
        shown this one time.
      </p>
      <ul className="backup-codes" aria-label="Backup codes">
        {codes.map((code) => (
          <li key={code} className="mono">
            {code}
          </li>
        ))}
      </ul>
      <div className="row">
        <CopyButton text={codes.join('\n')}>Copy all</CopyButton>
        <Button variant="default" size="compact-sm" onClick={done}>
          I have kept them
        </Button>
      </div>
    </>
  )
}
