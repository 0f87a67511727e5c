// Pure: the one workflow that a repository's owner adds. Nothing is compiled; nothing else runs.
import { Fault } from '#model/fault.ts';
import { runTitle } from './match-run.ts';

/** Where the reusable workflows come from, and which App they answer to. */
export interface CallerWorkflow {
  /** Owner and name of the repository that holds Sallyport. */
  readonly repository: string;
  /** The released commit, 40 hex digits: a tag or a branch could be moved. */
  readonly sha: string;
  /** Base URL of the App: https, or http to this machine only. */
  readonly broker: string;
  /** The release that the commit is, for people: `v1.2.3`. */
  readonly version?: string;
}

/** Plain words without anything that YAML or an expression would read in another way. */
const repositoryForm = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[A-Za-z0-9._-]{1,100}$/;
const shaForm = /^[0-9a-f]{40}$/;
const versionForm = /^[A-Za-z0-9][A-Za-z0-9.+ -]{0,40}$/;
const brokerForm =
  /^(?:https:\/\/[a-z0-9](?:[a-z0-9.-]{0,251})(?::\d{1,5})?|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?)(?:\/[A-Za-z0-9._~-]{1,100}){0,5}$/;

/**
 * Render `.github/workflows/sallyport.yml`. The broker is a literal, so that whoever may start the
 * workflow cannot send a job's identity elsewhere; permissions are per job, as GitHub lets the
 * called workflow only narrow them. The one secret is passed by name: without that the value of the
 * environment sallyport-agent would not reach the called job, and no other job or name gets any.
 *
 * Fails   CONFIG_INVALID when a value would not be safe to write into a workflow.
 */
export function callerWorkflow(caller: CallerWorkflow): string {
  const { repository, sha, broker, version = 'a released commit' } = caller;
  demand(repository, repositoryForm, 'owner/name of the repository that holds Sallyport');
  demand(sha, shaForm, 'a commit of 40 lower-case hex digits');
  demand(version, versionForm, 'a version such as v1.2.3');
  demand(
    broker,
    brokerForm,
    'the App’s base URL, https (or http to this machine), no slash at its end',
  );
  const at = (phase: string) => `${repository}/.github/workflows/${phase}.yml@${sha} # ${version}`;
  return render(at, broker);
}

function demand(value: string, form: RegExp, expected: string): void {
  if (form.test(value)) return;
  throw new Fault('CONFIG_INVALID', `expected ${expected}, got ${JSON.stringify(value)}`);
}

function render(at: (phase: string) => string, broker: string): string {
  return `name: sallyport
run-name: ${runTitle('${{ inputs.grant }}')}
on:
  workflow_dispatch:
    inputs:
      grant: { description: set by Sallyport, required: true, type: string }
permissions: {}
jobs:
  agent:
    permissions: { contents: read, id-token: write }
    uses: ${at('agent')}
    with:
      grant: \${{ inputs.grant }}
      broker: ${broker}
    secrets:
      SALLYPORT_MODEL_KEY: \${{ secrets.SALLYPORT_MODEL_KEY }}
      SALLYPORT_VARIABLES: \${{ secrets.SALLYPORT_VARIABLES }}
  verify:
    needs: agent
    if: needs.agent.outputs.result == 'changed'
    permissions: { contents: read }
    uses: ${at('verify')}
    with:
      artifact-id: \${{ needs.agent.outputs.artifact-id }}
      artifact-digest: \${{ needs.agent.outputs.artifact-digest }}
  report:
    needs: [agent, verify]
    if: always()
    permissions: { id-token: write }
    uses: ${at('report')}
    with:
      grant: \${{ inputs.grant }}
      broker: ${broker}
      agent-result: \${{ needs.agent.outputs.result }}
      agent-artifact-id: \${{ needs.agent.outputs.artifact-id }}
      agent-artifact-digest: \${{ needs.agent.outputs.artifact-digest }}
      agent-outcome: \${{ needs.agent.result }}
      verify-outcome: \${{ needs.verify.result }}
      verify-artifact-id: \${{ needs.verify.outputs.artifact-id }}
      verify-artifact-digest: \${{ needs.verify.outputs.artifact-digest }}
`;
}
