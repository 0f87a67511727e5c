import { organizationRepository } from '#model/organization-file.ts';
import type { OrganizationPolicy } from '#model/organization-policy.ts';
import type { Policy } from '#model/policy.ts';
import type { Result } from '#model/result.ts';
import { describeChange } from './describe-change.ts';
import { parseOrganization } from './parse-organization.ts';
import type { Bound } from './parse-policy.ts';
import { parsePolicy } from './parse-policy.ts';
import type { PolicyMistake } from './policy-mistake.ts';
import type { PolicyRefusal } from './read-policy-file.ts';
import { escapeMarkdown } from './render-receipt.ts';

/** A policy file at the head of a pull request: read as text, never executed. */
export type HeadFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'gone' }
  /** A link, something binary, something too large: the sentence says which. */
  | { readonly kind: 'refused'; readonly because: string };

/** What a pull request would make of a policy file. */
export interface PolicyChange {
  readonly path: string;
  /** Whether it binds one repository or all of its owner. */
  readonly scope: 'repository' | 'organization';
  readonly head: HeadFile;
  /** At the default branch now; null when there is none. */
  readonly baseText: string | null;
  /** The owner's policy now; null when there is none, or the change is to that file itself. */
  readonly bound: { readonly owner: string; readonly text: string } | null;
}

/** What the check `sallyport / policy` says. */
export interface PolicyCheck {
  readonly conclusion: 'success' | 'failure';
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  readonly mistakes: readonly PolicyMistake[];
}

type Parsed = Result<Policy | OrganizationPolicy, PolicyRefusal>;

/** Judge a changed policy file by what would hold if it were merged now. */
export function checkChange(change: PolicyChange): PolicyCheck {
  const { head, path } = change;
  if (head.kind === 'gone') {
    return change.scope === 'organization'
      ? said('success', 'the organization policy is removed', 'No repository is bound any more.')
      : said(
          'failure',
          `${path} is removed`,
          'Without a policy nothing starts in this repository.',
        );
  }
  if (head.kind === 'refused') return said('failure', head.because, 'It was not read.');
  const parsed = parse(change, head.text);
  if (!parsed.ok) return sayMistakes(parsed.refusal.errors, change);
  const before = change.baseText === null ? null : parse(change, change.baseText);
  const lines = describeChange(before?.ok ? before.value : null, parsed.value);
  const summary = lines.map((line) => `- ${escapeMarkdown(line)}`).join('\n');
  return said(
    'success',
    lines.length === 0 ? 'a valid policy; nothing that it decides changes' : 'a valid policy',
    summary || 'The file changes, and what it says does not.',
  );
}

function parse({ scope, bound }: PolicyChange, text: string): Parsed {
  if (scope === 'organization') return parseOrganization(text);
  const owner = bound ? parseOrganization(bound.text) : null;
  // A broken organization policy stops every start by itself; this file is judged alone then.
  const under: Bound | undefined =
    bound && owner?.ok
      ? { from: `${bound.owner}/${organizationRepository}`, policy: owner.value }
      : undefined;
  return parsePolicy(text, under);
}

function sayMistakes(mistakes: readonly PolicyMistake[], { path }: PolicyChange): PolicyCheck {
  const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
  const lines = mistakes.map(
    ({ line, column, key, message }) =>
      `- line ${line}, column ${column}${key ? `, \`${key.replaceAll('`', '')}\`` : ''}: ${escapeMarkdown(message)}`,
  );
  return {
    conclusion: 'failure',
    title: `${count} in ${path}`,
    summary: ['Merged like this, nothing would start:', '', ...lines].join('\n'),
    mistakes,
  };
}

function said(conclusion: PolicyCheck['conclusion'], title: string, summary: string): PolicyCheck {
  return { conclusion, title, summary, mistakes: [] };
}
