import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { buildJobClaims, type JobFacts, subjectFormSince } from '#local/oidc/job-claims.ts';
import type { Repository } from '#local/record/repository.ts';
import { type ActionsWorld, openActionsWorld, toolkit } from './actions-world.ts';

const CALLER = `
name: Sallyport
on: workflow_dispatch
permissions: { contents: read, id-token: write }
jobs:
  agent: { uses: octo/tools/.github/workflows/agent.yml@v1 }
  own:
    runs-on: ubuntu-latest
    steps: [{ uses: octo/tools/sign@v1 }]
  none:
    permissions: { contents: read }
    runs-on: ubuntu-latest
    steps: [{ run: 'test -z "$ACTIONS_ID_TOKEN_REQUEST_URL"' }]
  capped:
    permissions: { contents: read }
    uses: octo/tools/.github/workflows/agent.yml@v1
`;

const AGENT = `
on: workflow_call
permissions: { contents: write, id-token: write }
jobs:
  work:
    runs-on: ubuntu-latest
    environment: sallyport-agent
    steps: [{ uses: octo/tools/sign@v1 }]
`;

// The toolkit masks the token, so the action prints it in a form the mask does not know.
const SIGN = `
import * as core from '${toolkit('core')}';
const token = await core.getIDToken('https://app.example');
core.info('token ' + Buffer.from(token).toString('hex'));
core.info('plain ' + token);
core.info('request ' + Buffer.from(JSON.stringify([process.env.ACTIONS_ID_TOKEN_REQUEST_URL, process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN])).toString('hex'));
`;

const hex = (log: string, name: string) =>
  Buffer.from(new RegExp(`${name} ([0-9a-f]{40,})`).exec(log)?.[1] ?? '', 'hex').toString();

describe('ID tokens', () => {
  let github: ActionsWorld;
  let repository: Repository;
  let runId = 0;
  let toolsSha = '';
  const logs = new Map<string, string>();
  const ids = new Map<string, number>();
  const conclusions = new Map<string, string>();

  beforeAll(async () => {
    github = await openActionsWorld();
    repository = await github.addRepository('demo', { '.github/workflows/s.yml': CALLER });
    const tools = await github.addRepository('tools', {
      '.github/workflows/agent.yml': AGENT,
      'sign/action.yml': 'runs: { using: node24, main: main.mjs }',
      'sign/main.mjs': SIGN,
    });
    toolsSha = await github.tag(tools, 'v1');
    const outcome = await github.dispatch(repository, 's.yml');
    runId = outcome.runId;
    for (const job of outcome.jobs) {
      ids.set(job.name, job.id);
      conclusions.set(job.name, job.conclusion);
      logs.set(job.name, await github.log(job.id));
    }
  });
  afterAll(() => github.close());

  const claimsOf = async (job: string): Promise<JWTPayload> => {
    const issuer = github.world.urls.oidcIssuer;
    const discovery = await fetch(`${issuer}/.well-known/openid-configuration`);
    const { jwks_uri }: { jwks_uri: string } = JSON.parse(await discovery.text());
    const keys = createRemoteJWKSet(new URL(jwks_uri));
    const options = { issuer, audience: 'https://app.example', algorithms: ['RS256'] };
    return (await jwtVerify(hex(logs.get(job) ?? '', 'token'), keys, options)).payload;
  };

  it('carry every claim of a job in a reusable workflow, verified over JWKS', async () => {
    const claims = await claimsOf('agent / work');
    const run = github.service.runs.find(repository, runId);

    expect(claims).toEqual({
      iss: github.world.urls.oidcIssuer,
      aud: 'https://app.example',
      jti: expect.any(String),
      iat: expect.any(Number),
      nbf: Number(claims.iat) - 600,
      exp: Number(claims.iat) + 300,
      sub: `repo:octo@10/demo@${repository.id}:environment:sallyport-agent`,
      ref: 'refs/heads/main',
      ref_type: 'branch',
      ref_protected: 'false',
      sha: run?.headSha,
      repository: 'octo/demo',
      repository_id: String(repository.id),
      repository_owner: 'octo',
      repository_owner_id: '10',
      repository_visibility: 'public',
      run_id: String(runId),
      run_number: '1',
      run_attempt: '1',
      check_run_id: String(ids.get('agent / work')),
      actor: 'sallyport[bot]',
      actor_id: '11',
      workflow: 'Sallyport',
      workflow_ref: 'octo/demo/.github/workflows/s.yml@refs/heads/main',
      workflow_sha: run?.headSha,
      job_workflow_ref: 'octo/tools/.github/workflows/agent.yml@refs/tags/v1',
      job_workflow_sha: toolsSha,
      event_name: 'workflow_dispatch',
      head_ref: '',
      base_ref: '',
      runner_environment: 'github-hosted',
      environment: 'sallyport-agent',
    });
  });

  it('name the run’s own file for a job outside a reusable workflow', async () => {
    const claims = await claimsOf('own');

    expect(claims.job_workflow_ref).toBe(claims.workflow_ref);
    expect(claims.sub).toBe(`repo:octo@10/demo@${repository.id}:ref:refs/heads/main`);
    expect(claims.environment).toBeUndefined();
  });

  it('say which attempt they are of, and who asked for it', async () => {
    const first = logs.get('own') ?? '';
    await github.api<object>('POST', `/repos/octo/demo/actions/jobs/${ids.get('own')}/rerun`);
    await github.service.idle();
    const again = github.service.runs
      .find(repository, runId)
      ?.jobs.findLast((job) => job.name === 'own');
    logs.set('own', await github.log(again?.id ?? 0));
    const claims = await claimsOf('own');
    logs.set('own', first);

    expect(claims).toMatchObject({
      run_id: String(runId),
      run_number: '1',
      run_attempt: '2',
      check_run_id: String(again?.id),
    });
    expect(again?.id).not.toBe(ids.get('own'));
  });

  it('are offered only with id-token: write, which a called workflow cannot give itself', () => {
    expect(conclusions.get('none')).toBe('success');
    expect(conclusions.get('capped / work')).toBe('failure');
    expect(logs.get('capped / work')).toContain('GITHUB_TOKEN permissions: {"contents":"read"}');
  });

  it('say over REST which form their subject has', async () => {
    const path = '/repos/octo/demo/actions/oidc/customization/sub';

    expect((await github.api<object>('GET', path)).body).toEqual({
      use_default: true,
      use_immutable_subject: true,
      sub_claim_prefix: `repo:octo@10/demo@${repository.id}`,
    });
  });

  it('are masked in the log', () => {
    expect(logs.get('own')).toContain('plain ***');
  });

  it('are refused once the job has ended, and to a stranger', async () => {
    const request: readonly string[] = JSON.parse(hex(logs.get('own') ?? '', 'request'));
    const [url = '', token = ''] = request;
    const answers = await Promise.all(
      [token, 'wrong'].map((bearer) =>
        fetch(`${url}&audience=x`, { headers: { authorization: `Bearer ${bearer}` } }),
      ),
    );

    expect(url).toContain('?');
    expect(answers.map((each) => each.status)).toEqual([401, 401]);
  });
});

describe('buildJobClaims', () => {
  const facts: JobFacts = {
    repository: 'octo/demo',
    repositoryId: 2,
    owner: 'octo',
    ownerId: 1,
    visibility: 'private',
    ref: 'refs/tags/v1:x',
    refProtected: true,
    sha: 'a',
    headRef: '',
    baseRef: '',
    runId: 3,
    runNumber: 4,
    runAttempt: 5,
    checkRunId: 6,
    actor: 'ada',
    actorId: 7,
    workflow: 'w',
    workflowRef: 'r',
    workflowSha: 's',
    jobWorkflowRef: 'jr',
    jobWorkflowSha: 'js',
    eventName: 'push',
    environment: undefined,
    subjectForm: 'names',
    runnerEnvironment: 'self-hosted',
  };

  it('writes both forms of the subject and escapes colons in values', () => {
    const sub = (change: Partial<JobFacts>) => buildJobClaims({ ...facts, ...change }).sub;

    expect(sub({})).toBe('repo:octo/demo:ref:refs/tags/v1%3Ax');
    expect(sub({ subjectForm: 'immutable' })).toBe('repo:octo@1/demo@2:ref:refs/tags/v1%3Ax');
    expect(sub({ environment: 'a:b' })).toBe('repo:octo/demo:environment:a%3Ab');
    expect(sub({ eventName: 'pull_request' })).toBe('repo:octo/demo:pull_request');
  });

  it('goes by the day a repository was created', () => {
    expect(subjectFormSince('2026-07-14T23:59:59Z')).toBe('names');
    expect(subjectFormSince('2026-07-15T00:00:00Z')).toBe('immutable');
  });
});
