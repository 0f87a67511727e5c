/** The names people see, in one place (design: names people see). */
export const label = 'sallyport';
export const policyPath = '.github/sallyport.yml';
export const callerWorkflow = 'sallyport.yml';
export const callerWorkflowPath = `.github/workflows/${callerWorkflow}`;
export const checks = {
  evidence: 'sallyport / evidence',
  review: 'sallyport / review',
  /** On a pull request that changes the policy, and on no other. */
  policy: 'sallyport / policy',
} as const;
export const environments = { agent: 'sallyport-agent', report: 'sallyport-report' } as const;
export const artifacts = {
  changeSet: 'sallyport-change-set',
  evidence: 'sallyport-evidence',
} as const;

/** `sallyport/<issue>-<slug>`: at most 60 characters, letters, digits and hyphens after the slash. */
export function branchName(issue: number, title: string): string {
  const slug = title
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return `sallyport/${issue}${slug ? `-${slug}` : ''}`;
}

/** Where the evidence of one head is kept: outside refs/heads, so that a clone never fetches it. */
export function evidenceRef(pull: number, headSha: string): string {
  return `refs/sallyport/evidence/${pull}/${headSha}`;
}
