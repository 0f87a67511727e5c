// Pure: how GitHub words a refusal, by where the rule is written down.
import type { RuleSource } from './effective-rule.ts';

interface Worded {
  readonly source: RuleSource;
  readonly sentence: string;
}

/** What the REST API says: protection names the first reason, rulesets in a list of their own. */
export function wordApiRefusal(refusals: readonly Worded[]): string | undefined {
  if (refusals.length === 0) return undefined;
  const plain = refusals.find(({ source }) => source.kind === 'protection');
  if (plain) return plain.sentence;
  const listed = [...new Set(refusals.map(sentenceOf))];
  return `Repository rule violations found\n\n${listed.map((each) => `${each}\n\n`).join('')}`;
}

/** What git's client prints for a reference: `reason` beside its name, `message` before. */
export function wordPushRefusal(ref: string, refusals: readonly Worded[]) {
  if (refusals.length === 0) return undefined;
  const isProtection = refusals.some(({ source }) => source.kind === 'protection');
  const listed = [...new Set(refusals.map(sentenceOf))];
  const lines = listed.map((sentence) => `error: - ${sentence}\n`).join('');
  return isProtection
    ? {
        reason: 'protected branch hook declined',
        message: `error: GH006: Protected branch update failed for ${ref}.\nerror: \n${lines}`,
      }
    : {
        reason: 'push declined due to repository rule violations',
        message: `error: GH013: Repository rule violations found for ${ref}.\nerror: \n${lines}error: \n`,
      };
}

function sentenceOf({ sentence }: Worded): string {
  return sentence;
}
