/**
 * Slack's limits on what we send, in characters unless noted. Source: Slack's API reference, Block Kit and method
 * pages, read on 2026-11-22.
 */
export const LIMITS = {
  messageBlocks: 50,
  /** `chat.update` rejects more; `chat.postMessage` takes 40,000. */
  messageText: 4_000,
  sectionText: 3_000,
  headerText: 150,
  contextElements: 10,
  actionsElements: 25,
  buttonText: 75,
  buttonValue: 2_000,
  optionText: 75,
  optionValue: 75,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  id: 255,
  viewBlocks: 100,
  viewTitle: 24,
  privateMetadata: 3_000,
  inputValue: 3_000,
  selectOptions: 100,
} as const
