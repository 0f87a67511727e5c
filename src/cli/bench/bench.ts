import { cpus, totalmem } from 'node:os';
import { Exit } from '../exit-code.ts';
import { openOutput } from '../output.ts';
import type { Measurement } from './measurement.ts';

const benches: Readonly<Record<string, () => Promise<Measurement>>> = {
  journey: async () => (await import('./journey.ts')).measureJourney(),
  requests: async () => (await import('./requests.ts')).measureRequests(),
  ingress: async () => (await import('./ingress.ts')).measureIngress(),
  kills: async () => (await import('./kills.ts')).measureKills(),
  actions: async () => (await import('./actions.ts')).measureActions(),
  exchange: async () => (await import('./exchange.ts')).measureExchange(),
  sandbox: async () => (await import('./sandbox.ts')).measureSandbox(),
  local: async () => (await import('./local.ts')).measureLocal(),
};

/** `sallyport bench NAME`: one measurement, or all of them when none is named. */
export async function bench(name: string | undefined, options: { json?: boolean }): Promise<void> {
  const names = name === undefined ? Object.keys(benches) : [name];
  const documents: object[] = [];
  for (const one of names) {
    const measure = benches[one];
    if (!measure) {
      throw new Exit(
        'usage',
        `expected one of ${Object.keys(benches).join(', ')}, got "${one.slice(0, 40)}"`,
      );
    }
    const { more, ...measurement } = await measure();
    documents.push({ name: one, ...measurement, ...more, machine: describeMachine() });
  }
  const answer = name === undefined ? documents : documents[0];
  openOutput(options.json ?? false).answer(answer, [JSON.stringify(answer, null, 2)]);
}

function describeMachine() {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}
