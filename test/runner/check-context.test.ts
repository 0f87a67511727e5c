// Before an agent is started: are the context tools of its grant there? Most agents would go on without.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { checkContext } from '#runner/check-context.ts';
import { createProofKey } from '#runner/proof-key.ts';

const tools = ['issue.read', 'policy.read'];
const list = (...names: string[]) => ({ result: { tools: names.map((name) => ({ name })) } });
const both = list('issue_read', 'policy_read', 'more');

/** An App that gives these answers in turn, the last one for ever; 0 hangs up. */
async function check(answers: readonly (readonly [number, object])[]) {
  let asked = 0;
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    seen.push(
      `${body.method} ${request.headers.authorization} ${request.headers.dpop ? 'proved' : ''}`,
    );
    const [status, answer] = answers[Math.min(asked, answers.length - 1)] ?? [500, {}];
    asked += 1;
    if (status === 0) response.destroy();
    else response.writeHead(status).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const pauses: number[] = [];
  const mcpUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const result = await checkContext(
    { mcpUrl, token: 'agm_x', tools },
    createProofKey(),
    async (seconds) => void pauses.push(seconds),
  );
  server.close();
  return { result, seen, pauses };
}

describe('checkContext', () => {
  it('lists the tools as the session’s holder, and is content when all are there', async () => {
    const { result, seen } = await check([
      [200, { result: {} }],
      [200, both],
    ]);
    expect(result).toEqual({ ok: true, value: null });
    expect(seen).toEqual(['initialize Bearer agm_x proved', 'tools/list Bearer agm_x proved']);
  });

  it('names the tool that is missing, and does not ask again', async () => {
    const { result, pauses } = await check([
      [200, {}],
      [200, list('policy_read')],
    ]);
    expect(result).toEqual({
      ok: false,
      refusal:
        'the context tools are not all there: expected issue.read, policy.read, without issue.read',
    });
    expect(pauses).toEqual([]);
  });

  it('waits for an App that is being restarted', async () => {
    const { result, pauses } = await check([
      [0, {}],
      [500, {}],
      [500, {}],
      [200, {}],
      [200, both],
    ]);
    expect(result.ok).toBe(true);
    expect(pauses).toEqual([1, 2]);
  });

  it.each([
    ['a session that is over', 401, {}, [], /answered 401 and 401, without a list/],
    ['an answer that is no list', 200, { result: { tools: 'all' } }, [], /answered 200 and 200/],
    ['an App that stays away', 0, {}, [1, 2, 4, 8, 16], /did not answer/],
  ] as const)('refuses %s', async (_name, status, answer, waits, sentence) => {
    const { result, pauses } = await check([[status, answer]]);
    expect(result).toMatchObject({ ok: false, refusal: expect.stringMatching(sentence) });
    expect(pauses).toEqual(waits);
  });
});
