import htm from 'htm'
import { h, type VNode } from 'preact'

/** Templates for preact: text stays text, so nothing a message holds can become markup. */
export const html = htm.bind(h) as (strings: TemplateStringsArray, ...values: unknown[]) => VNode

export const classes = (...names: (string | false | null | undefined)[]): string => names.filter(Boolean).join(' ')

/** The text of the field an event came from. */
export const typedIn = (event: Event): string => (event.currentTarget as HTMLInputElement | HTMLTextAreaElement).value

export const isChecked = (event: Event): boolean => (event.currentTarget as HTMLInputElement).checked
