// A world around one sandbox: what listens outside for canaries, and what an attack is held against.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect } from '@jest/globals';
import type { EgressCall } from '#model/egress-call.ts';
import { openOrigin, openTestSandbox, sh } from '../sandbox/open-test-sandbox.ts';

/** The proxy as it is seen inside. */
export const proxy = 'http://127.0.0.1:3128';

/** What one attack left behind. */
export interface Attempt {
  /** What it printed, between the two controls. */
  readonly output: string;
  readonly lines: readonly EgressCall[];
  readonly dialled: readonly string[];
  readonly resolved: readonly string[];
  /** Requests that reached the origin, the controls' not. */
  readonly reached: readonly string[];
}

/** An address of this machine that others could reach: what a sandbox could try besides loopback. */
export function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.2';
}

/** An origin, a sink for whatever else arrives on this machine, and a sandbox whose policy lists one host. */
export async function openConfined({
  trustsOrigin = false,
  ...options
}: Parameters<typeof openTestSandbox>[0] & { readonly trustsOrigin?: boolean } = {}) {
  const origin = await openOrigin();
  const sink = await openSink();
  const box = await openTestSandbox({
    port: origin.port,
    ...(trustsOrigin ? { trusted: origin.certificate } : {}),
    ...options,
  });
  let count = 0;
  return {
    origin,
    sink,
    box,
    /**
     * Run a line between two allowed calls of the same process tree. Whatever it says, it must have
     * carried no canary out; a control that fails makes the case worth nothing.
     */
    async attack(line: string, timeoutMs = 20_000): Promise<Attempt> {
      count += 1;
      const fair = `curl -sk -m 8 -x ${proxy} https://allowed.test/control-${count}`;
      const from = [box.calls, box.dialled, box.resolved, origin.requests].map((all) => all.length);
      const [calls = 0, dialled = 0, resolved = 0, requests = 0] = from;
      const { output } = await sh(
        box.sandbox,
        `${fair}; echo --; ( ${line}\n) 2>&1; echo; echo --; ${fair}`,
        timeoutMs,
      );
      const [before, seen = '', after] = output.split(/^--\n/m);
      expect([before, after]).toEqual(['hello\n', 'hello\n']);
      const isControl = (request: string) => request.includes(`/control-${count} `);
      const reached = origin.requests.slice(requests).filter((one) => !isControl(one));
      expect(sink.heard()).toBe('');
      return {
        output: seen.trim(),
        lines: box.calls.slice(calls + 1, -1),
        dialled: box.dialled.slice(dialled + 1, -1),
        resolved: box.resolved.slice(resolved + 1, -1),
        reached,
      };
    },
    async close() {
      await box.sandbox.close();
      await origin.close();
      sink.close();
    },
  };
}

/** TCP and UDP on every address of this machine, and what they heard: a name with a canary in it. */
export async function openSink() {
  let heard = '';
  const hear = (text: string) => {
    heard += text;
  };
  const tcp = createServer((socket) => {
    hear('[connection]');
    socket.on('error', () => undefined).on('data', (chunk) => hear(String(chunk)));
  });
  tcp.listen(0, '::');
  await once(tcp, 'listening');
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket('udp6', (message) => hear(String(message)));
  udp.bind(port, '::');
  await once(udp, 'listening');
  return {
    port,
    heard: () => heard,
    /** Heard from this machine itself, so that silence is known to be silence; forgotten again. */
    async isListening(): Promise<boolean> {
      const socket = connect(port, ownAddress());
      socket.end('canary');
      await once(socket, 'close');
      const spoke = heard.includes('canary');
      heard = '';
      return spoke;
    },
    close() {
      tcp.close();
      udp.close();
    },
  };
}

/** The refusals among lines, as `rule host`. */
export function refusals(lines: readonly EgressCall[]): readonly string[] {
  return lines
    .filter(({ decision }) => decision === 'refused')
    .map(({ rule, host }) => `${rule} ${host}`);
}
