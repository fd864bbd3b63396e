import { effect, signal } from '@preact/signals'
import { readStored, writeStored } from './stored.ts'

const KEY = 'sandbox:theme'
const systemIsDark = matchMedia('(prefers-color-scheme: dark)')
const prefersDark = signal(systemIsDark.matches)
systemIsDark.addEventListener('change', ({ matches }) => {
  prefersDark.value = matches
})

const chosen = signal<'light' | 'dark' | null>(readChoice())

function readChoice(): 'light' | 'dark' | null {
  const stored = readStored(KEY)
  return stored === 'light' || stored === 'dark' ? stored : null
}

export const isDark = (): boolean => (chosen.value === null ? prefersDark.value : chosen.value === 'dark')

/** Changes the theme; a choice that equals the system's is no choice, and follows the system again. */
export function toggleTheme(): void {
  const wanted = isDark() ? 'light' : 'dark'
  chosen.value = (wanted === 'dark') === prefersDark.value ? null : wanted
  writeStored(KEY, chosen.value)
}

export const followTheme = (): (() => void) =>
  effect(() => {
    document.documentElement.dataset.theme = isDark() ? 'dark' : 'light'
  })
