import { context } from '@actions/github';
import { ok, type Result, refuse } from '#model/result.ts';

/**
 * The commit this workflow run is for, as the runner knows it: what the App granted, and what the
 * base checkout must be at. A checkout of anything else is refused (`policy:from-base`).
 */
export function checkBaseCommit(checkedOut: string): Result<string, string> {
  const granted: string | undefined = context.sha;
  if (checkedOut === granted) return ok(checkedOut);
  return refuse(
    `expected the base checkout at ${granted?.slice(0, 7) ?? 'an unknown commit'}, the commit of this workflow run, saw ${checkedOut.slice(0, 7)}`,
  );
}

/** This workflow run and its attempt as one name: `8123456789-1`. */
export function workflowRunName(): string {
  return `${context.runId}-${context.runAttempt}`;
}
