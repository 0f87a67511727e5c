// The report job's one step: say to the App which artifacts the jobs before it left. No code of the
// change runs here, none of the caller's repository is checked out.
import { ok, type Result, refuse } from '#model/result.ts';
import { failStep, maskSecret, readInput, saveState, tell } from '#runner/action-io.ts';
import { exchange, revoke } from '#runner/broker.ts';
import { errorOf, parseBrokerUrl, postJson } from '#runner/post-json.ts';
import { createProofKey, type ProofKey } from '#runner/proof-key.ts';
import { buildReport, type ReportBody } from './build-report.ts';
import { parseReportSession, type ReportSession } from './session.ts';

try {
  const sentence = await main();
  if (sentence !== null) failStep(sentence);
} catch (error) {
  failStep(error instanceof Error ? error.message : 'the report step broke');
}

/** A sentence when the App did not take the report. */
async function main(): Promise<string | null> {
  const inputs = readInputs();
  if (!inputs.ok) return inputs.refusal;
  const { broker, grant } = inputs.value;
  const key = createProofKey();
  const answer = await exchange(broker, grant, 'report', key);
  if (!answer.ok) return answer.refusal;
  const session = parseReportSession(answer.value.body, broker);
  if (!session.ok) return session.refusal;
  const { token } = session.value;
  maskSecret(token);
  saveState('broker', broker);
  saveState('session', token);
  try {
    return await send(session.value, readReport(), key);
  } finally {
    await revoke(broker, token);
  }
}

function readInputs(): Result<{ readonly broker: string; readonly grant: string }, string> {
  const broker = parseBrokerUrl(readInput('broker') ?? '');
  if (!broker.ok) return broker;
  const grant = readInput('grant');
  if (grant === null || !/^[0-9a-f-]{36}$/.test(grant)) {
    return refuse('"grant" must be the id that the App dispatched this workflow with');
  }
  return ok({ broker: broker.value, grant });
}

function readReport(): ReportBody {
  const read = (name: string) => readInput(name) ?? '';
  return buildReport({
    'agent-result': read('agent-result'),
    'agent-outcome': read('agent-outcome'),
    'agent-artifact-id': read('agent-artifact-id'),
    'agent-artifact-digest': read('agent-artifact-digest'),
    'verify-outcome': read('verify-outcome'),
    'verify-artifact-id': read('verify-artifact-id'),
    'verify-artifact-digest': read('verify-artifact-digest'),
  });
}

async function send(
  { url, token }: ReportSession,
  { agent, verify }: ReportBody,
  key: ProofKey,
): Promise<string | null> {
  const answer = await postJson(
    url,
    {
      agent: { outcome: agent.outcome, result: agent.result, artifact: toJson(agent.artifact) },
      verify: { outcome: verify.outcome, artifact: toJson(verify.artifact) },
    },
    async () => token,
    { key },
  );
  if (!answer.ok) return answer.refusal;
  const { status, body } = answer.value;
  if (status !== 200 && status !== 202) {
    return `the App refused the report: ${errorOf(body)} (${status})`;
  }
  tell(`The App took the report: agent ${agent.outcome}, verify ${verify.outcome}`);
  return null;
}

function toJson(artifact: ReportBody['verify']['artifact']) {
  return artifact === null ? null : { id: artifact.id, digest: artifact.digest };
}
