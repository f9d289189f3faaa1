import { Button, type ButtonProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, JSX, Ref } from 'react'

type Props = ButtonProps &
  Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps> & { ref?: Ref<HTMLAnchorElement> }

function AnchorButton(props: Props): JSX.Element {
  return <Button component="a" {...props} />
}

/** A link that looks like a button: it goes somewhere, it changes nothing. */
export const ButtonLink = createLink(AnchorButton)
