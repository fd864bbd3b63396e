export const WORDS = {
  installTitle: 'Install HydroCore Assistant',
  installBody: 'Slack will ask you what the assistant may do in your workspace. You can take it out again at any time.',
  installButton: 'Choose a workspace in Slack',
  installedTitle: 'HydroCore Assistant is installed',
  installedBody: 'Write it a message with an error code, or mention it in a channel it was invited to.',
  openSlack: 'Open Slack',
  notInstalledTitle: 'Not installed',
  installCancelled: 'Nothing was installed: Slack says that it was cancelled.',
  installStale: 'This page was opened in another browser, was used before, or is too old. Please begin again.',
} as const
