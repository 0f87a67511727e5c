import { join } from 'node:path';
import { renderEgressLog } from '#model/egress-log.ts';
import { disk } from '#runner/disk.ts';
import { workflowRunName } from '#runner/workflow-run.ts';
import type { AgentWork } from '#sandbox/run-agent.ts';

/** Write the artifact's folder: `change-set.json`, `blob/<sha256>`, `egress.jsonl`, `agent.log`, `posture.json`. */
export async function writeArtifact(work: AgentWork, folder: string): Promise<void> {
  const put = (name: string, content: string | Uint8Array) =>
    disk.write(join(folder, name), content);
  await put('change-set.json', `${JSON.stringify(work.changeSet)}\n`);
  for (const [digest, bytes] of work.blobs) await put(join('blob', digest), bytes);
  await put('egress.jsonl', renderEgressLog(workflowRunName(), work.egress));
  await put('agent.log', work.log);
  await put('posture.json', `${JSON.stringify(work.posture)}\n`);
}
