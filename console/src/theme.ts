import {
  Button,
  Checkbox,
  Code,
  Modal,
  Notification,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  PasswordInput,
  Popover,
  rem,
  Select,
  TextInput,
  Textarea,
  Tooltip,
} from '@mantine/core'

/** The one accent: a deep petrol. Steps 6 and 7 carry white text at more than 4.5:1. */
const petrol: MantineColorsTuple = [
  '#e8f5f7',
  '#d2eaee',
  '#a5d4dc',
  '#74bfca',
  '#4aabb9',
  '#2a93a3',
  '#0f7a89',
  '#0c6775',
  '#0a5561',
  '#08434d',
]

const gray: MantineColorsTuple = [
  '#fafaf9',
  '#f4f4f2',
  '#eae9e6',
  '#dcdad6',
  '#c5c2bd',
  '#9c9892',
  '#716d67',
  '#55514c',
  '#3a3734',
  '#1f1d1b',
]

const dark: MantineColorsTuple = [
  '#e9e7e4',
  '#d0cdc9',
  '#aba7a2',
  '#8f8b86',
  '#45423e',
  '#363330',
  '#262422',
  '#1c1b19',
  '#161513',
  '#100f0e',
]

const plainFace =
  'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Open Sans", Arial, sans-serif'

export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 6 },
  colors: { petrol, gray, dark },
  black: '#1f1d1b',
  defaultRadius: 6,
  fontFamily: plainFace,
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: rem(12), sm: rem(13), md: rem(14), lg: rem(16), xl: rem(20) },
  headings: {
    fontFamily: plainFace,
    fontWeight: '620',
    sizes: {
      h1: { fontSize: rem(22), lineHeight: '1.25' },
      h2: { fontSize: rem(16), lineHeight: '1.35' },
      h3: { fontSize: rem(14), lineHeight: '1.4' },
    },
  },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { size: 'sm' } }),
    TextInput: TextInput.extend({ defaultProps: { size: 'sm' } }),
    PasswordInput: PasswordInput.extend({ defaultProps: { size: 'sm' } }),
    Textarea: Textarea.extend({ defaultProps: { size: 'sm' } }),
    Select: Select.extend({ defaultProps: { size: 'sm', allowDeselect: false } }),
    Checkbox: Checkbox.extend({ defaultProps: { size: 'sm' } }),
    Code: Code.extend({ defaultProps: { fz: 'xs' } }),
    Modal: Modal.extend({
      defaultProps: { closeButtonProps: { 'aria-label': 'Close' }, centered: true },
      styles: { title: { fontSize: rem(16), fontWeight: 620 } },
    }),
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } }),
    Popover: Popover.extend({ defaultProps: { shadow: 'md' } }),
    Tooltip: Tooltip.extend({
      defaultProps: { events: { hover: true, focus: true, touch: true }, openDelay: 250, withArrow: true },
    }),
  },
})

/**
 * Mantine's own variables put right where their contrast is below 4.5:1, and our surfaces. The tones (ok, warn, bad,
 * wait, info, idle) are in theme.css, each as a pair measured in both schemes.
 */
export const resolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': '#615d57',
    '--mantine-color-placeholder': '#716d67',
    '--mantine-color-anchor': '#0a5f6c',
    '--mantine-color-default-border': '#d3d0cb',
    '--mantine-color-disabled-color': '#63605a',
    '--mantine-color-error': '#a11b1b',
    '--mantine-color-red-text': '#a11b1b',
  },
  dark: {
    '--mantine-color-body': '#1c1b19',
    '--mantine-color-dimmed': '#aba7a2',
    '--mantine-color-placeholder': '#98948e',
    '--mantine-color-anchor': '#7cc6d1',
    '--mantine-color-default-border': '#45423e',
    '--mantine-color-disabled-color': '#a5a19b',
    '--mantine-color-error': '#ff9b92',
    '--mantine-color-red-text': '#ff9b92',
  },
})
