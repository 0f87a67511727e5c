import { writeCheckRun } from '#github/check-run.ts';
import { findChangedHead, readPolicyChange } from '#github/read-policy-change.ts';
import { sha256OfJson } from '#model/digest.ts';
import { checks, policyPath } from '#model/names.ts';
import { organizationPaths, organizationRepository } from '#model/organization-file.ts';
import type { Signal } from '#model/signal.ts';
import type { PolicyCheck } from '#policy/check-change.ts';
import { checkChange } from '#policy/check-change.ts';
import { policyBytesMax } from '#policy/read-policy-file.ts';
import { createReviewStore } from '#postgres/review-store.ts';
import { findRunOfPull } from '#postgres/run-store.ts';
import type { Edges } from './edges.ts';

type PullChanged = Extract<Signal, { kind: 'pull_changed' }>;

/**
 * Say on a pull request that changes the policy what is wrong with it, or what would change. Our own
 * pull requests never touch it (`alwaysProtected`), so nothing is asked about them.
 */
export async function checkPolicyChange(signal: PullChanged, edges: Edges): Promise<string> {
  const { repository, pull } = signal;
  const isOurs = signal.sender.id === edges.identity.botId;
  if (isOurs || (await findRunOfPull(edges.database, repository.id, pull))) return 'it is ours';
  const isOwners = repository.name.toLowerCase() === organizationRepository;
  const path = isOwners ? organizationPaths[0] : policyPath;
  const headSha = await findChangedHead(edges.github, signal, path);
  if (headSha === null) return 'it does not change the policy';
  const read = await readPolicyChange(edges.github, {
    ...signal,
    path,
    headSha,
    bytesMax: policyBytesMax,
  });
  if (!read.isChanged) return 'it does not change the policy';
  const { organization, head, baseText } = read;
  const text = organization.kind === 'found' && !isOwners ? organization.text : null;
  const check = checkChange({
    path,
    scope: isOwners ? 'organization' : 'repository',
    head,
    baseText,
    bound: text === null ? null : { owner: repository.owner, text },
  });
  await write(edges, signal, { check, headSha, path });
  return `the policy at ${headSha.slice(0, 7)}: ${check.conclusion}`;
}

/** The record first, then the check, once for what it says about a head. */
async function write(
  edges: Edges,
  { repository, installationId, pull }: PullChanged,
  { check, headSha, path }: { readonly check: PolicyCheck; headSha: string; path: string },
): Promise<void> {
  const store = createReviewStore(edges.database, edges.now);
  const name = checks.policy;
  const places = check.mistakes.map((one) => ({ ...one }));
  const said = sha256OfJson({ ...check, mistakes: places });
  const before = await store.findCheck(repository.id, headSha, name);
  if (before?.said === said) return;
  const { conclusion, title, summary, mistakes } = check;
  await store.append({
    kind: 'policy.checked',
    runId: null,
    repositoryId: repository.id,
    actor: 'app',
    facts: { pull, headSha, path, conclusion, title, mistakes: places },
  });
  // Annotations can only be added to a check run: another answer is another check run.
  const id = await writeCheckRun(
    edges.github,
    {
      stage: 'policy',
      installationId,
      repository,
      headSha,
      name,
      conclusion,
      externalId: said,
      detailsUrl: null,
      title,
      summary,
      annotations: mistakes.map(({ line, column, key, message }) => ({
        path,
        line,
        column,
        title: key,
        message,
      })),
    },
    null,
  );
  await store.saveCheck({ repositoryId: repository.id, headSha, name, id, said });
}
