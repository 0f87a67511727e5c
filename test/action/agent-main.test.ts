import { describe, expect, it } from '@jest/globals';
import { unzipSync } from 'fflate';
import { sha256 } from '#model/digest.ts';
import { type ActionOrder, issueText, renewedToken, runAction, runtimeToken } from './agent-job.ts';

/** A line of shell as the agent. */
const runLine = (run: string, change: Partial<ActionOrder> = {}) =>
  runAction({ agent: { use: 'command', run }, ...change });

describe('the agent action', () => {
  it('T-H1: exchanges, runs the agent without any credential, uploads and revokes', async () => {
    const { exitCode, seen, handedOver, log, value, zip, text } = await runLine(
      'curl -s -d \'{"id":1,"method":"tools/call"}\' "$SALLYPORT_CONTEXT_URL"; env; cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr "\\0" "\\n"; echo "::set-output name=result::x"; echo new > new.txt',
    );
    expect(seen).toEqual([
      'GET oidc',
      'POST exchange',
      // The preflight's two, and the agent's one.
      'POST mcp',
      'POST mcp',
      'POST mcp',
      'POST CreateArtifact',
      'PUT name.zip',
      'PUT name.zip',
      'POST FinalizeArtifact',
      'POST change-set',
      'POST revoke',
    ]);
    expect(exitCode).toBe(0);
    expect([value('result'), value('artifact-id')]).toEqual(['changed', '41']);
    expect(value('artifact-digest')).toBe(sha256(zip));
    expect(handedOver).toEqual([{ artifact: { id: 41, digest: sha256(zip) } }]);
    const files = unzipSync(zip);
    expect(Object.keys(files).sort()).toEqual([
      'agent.log',
      `blob/${sha256('new\n')}`,
      'change-set.json',
      'egress.jsonl',
      'posture.json',
    ]);
    expect(text('agent.log')).toContain(issueText);
    expect(text('agent.log')).not.toMatch(/agm_|request-token|ACTIONS_|GITHUB_|INPUT_/);
    expect(text('agent.log')).not.toContain(runtimeToken);
    expect(text('agent.log')).not.toContain('c4n4ry');
    expect(log).toContain('::add-mask::c4n4ry-of-the-variables');
    expect(log).toContain('UNUSED_KEY was given, and the policy injects it nowhere');
    expect(log).not.toMatch(/^::set-output/m);
    expect(text('egress.jsonl')).toContain('"rule":"route:context"');
  });

  it('T-H2, T-H4: gives the agent no ID token, and none of the files that the runner reads', async () => {
    const { exitCode, outputs, seen, text } = await runLine(
      'for to in "" "--noproxy *" "-x $http_proxy --noproxy other"; do set -f; curl -s -m 5 $to "JOB_ADDRESS/oidc?v=1" | grep -q e30 && echo GOT; done; ' +
        'for file in JOB_FOLDER/output JOB_FOLDER/state "$GITHUB_OUTPUT" "$GITHUB_ENV" "$GITHUB_PATH"; do ' +
        'cat "$file" && echo GOT; echo "result=stolen" >> "$file" && echo GOT; done; echo "BASH_ENV=x" > "$HOME/.bashrc"; ' +
        'echo end; echo new > new.txt',
    );
    expect(exitCode).toBe(0);
    // The one is the job's own.
    expect(seen.filter((line) => line === 'GET oidc')).toHaveLength(1);
    expect(text('agent.log')).toContain('end');
    expect(text('agent.log')).not.toContain('GOT');
    expect(outputs).toContain('changed');
    expect(outputs).not.toContain('stolen');
    expect(text('egress.jsonl')).toContain('"rule":"ip-literal"');
  });

  it('run:identity: goes on with a new session when the first is about to end, from outside the sandbox', async () => {
    const ask = `curl -s -d '{"id":1,"method":"tools/call"}' "$SALLYPORT_CONTEXT_URL"`;
    // The agent calls on until a call was made with the new token, which it never sees.
    const { exitCode, seen, log, text } = await runLine(
      `${ask}; sleep 5; ${ask} && echo done > done.txt`,
      { sessionSeconds: 4 },
    );
    expect(exitCode).toBe(0);
    expect(seen.filter((line) => line === 'POST renew')).toHaveLength(1);
    expect(seen.slice(-2)).toEqual(['POST change-set', 'POST revoke']);
    expect(text('agent.log').split(issueText)).toHaveLength(3);
    expect(text('agent.log')).not.toMatch(/agm_/);
    expect(log).toContain(`::add-mask::${renewedToken}`);
  });

  it('uploads and gives its outputs before it fails the step of a failed agent', async () => {
    const { exitCode, seen, log, value } = await runLine('exit 3');
    expect(exitCode).toBe(1);
    expect(value('result')).toBe('failed');
    expect(seen.slice(-3)).toEqual(['POST FinalizeArtifact', 'POST change-set', 'POST revoke']);
    expect(log).toContain('::error::The agent ended with exit code 3.');
  });

  it('door:one-at-a-time: runs nothing when the broker refuses', async () => {
    const { exitCode, seen, log } = await runLine('echo RAN', {
      exchange: [403, { error: 'denied' }],
    });
    expect(exitCode).toBe(1);
    expect(seen).toEqual(['GET oidc', 'POST exchange']);
    expect(log).toContain('denied (403)');
    expect(log).not.toContain('RAN');
  });

  it('runs nothing when the context server lacks a tool of the grant', async () => {
    const { exitCode, seen, log } = await runLine('echo RAN', { tools: ['policy_read'] });
    expect(exitCode).toBe(1);
    expect(seen.at(-1)).toBe('POST revoke');
    expect(log).toContain('expected issue.read, without issue.read');
    expect(log).not.toContain('RAN');
  });
});
