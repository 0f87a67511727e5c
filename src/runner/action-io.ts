import * as core from '@actions/core';

/** An input of the action; empty text is absence. */
export function readInput(name: string): string | null {
  const text = core.getInput(name);
  return text === '' ? null : text;
}

/** An output that other jobs read: an identifier or a digest, never text of the agent. */
export function writeOutput(name: string, value: string): void {
  core.setOutput(name, value);
}

/** Mark the step failed with one sentence; the process ends when its work does. */
export function failStep(sentence: string): void {
  core.setFailed(sentence);
}

/** Have the runner mask a value in every log from here on. */
export function maskSecret(value: string): void {
  core.setSecret(value);
}

/** One plain line in the step's log; our own words only. */
export function tell(sentence: string): void {
  core.info(sentence);
}

/** Text of untrusted programs, already neutralized, to the step's log. */
export function printNeutralized(text: string): void {
  process.stdout.write(text);
}

/** Keep a value for the post step, or read it there. The file is the runner's; nobody inside sees it. */
export function saveState(name: string, value: string): void {
  core.saveState(name, value);
}

/** The value of the main step; null when it kept none. */
export function readState(name: string): string | null {
  const text = core.getState(name);
  return text === '' ? null : text;
}

/** A fresh ID token for this audience, masked by the toolkit (identity.md M2). */
export function readIdToken(audience: string): Promise<string> {
  return core.getIDToken(audience);
}

/** Append Markdown to the step's summary page. The text is shown to people: escape it first. */
export async function writeSummary(markdown: string): Promise<void> {
  await core.summary.addRaw(markdown).write();
}
