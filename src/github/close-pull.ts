import type { Run } from '#model/run.ts';
import type { GitHub } from './client.ts';

/**
 * Close a pull request of ours without merging it. Closing one that is closed changes nothing.
 *
 * Source  docs.github.com/rest/pulls/pulls#update-a-pull-request
 */
export async function closePull(github: GitHub, run: Run, pull: number): Promise<void> {
  const { installationId, repository } = run;
  await github.write(
    { stage: 'dispatch', installationId, repositoryId: repository.id },
    'PATCH /repos/{owner}/{repo}/pulls/{pull_number}',
    { owner: repository.owner, repo: repository.name, pull_number: pull, state: 'closed' },
  );
}
