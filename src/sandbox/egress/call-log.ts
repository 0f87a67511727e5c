import type { EgressCall } from '#model/egress-call.ts';
import { visibleText } from '#model/text.ts';

/** What is known of a call when it is asked for. */
export interface CallFacts {
  readonly kind: EgressCall['kind'];
  readonly method: string | null;
  readonly host: string;
  readonly port: number | null;
  readonly path: string | null;
}

/** A call that was let through; its line is written when it ends, or when the gate closes. */
export interface OpenCall {
  address: string | null;
  bytesOut: number;
  bytesIn: number;
  status: number | null;
  finish(): void;
}

/** The gate's record of every call, one line each. */
export interface CallLog {
  /** Written at once, before the refusal is answered. */
  refuse(facts: CallFacts, rule: string, status: number | null): void;
  open(facts: CallFacts, rule: string): OpenCall;
  /** True when no further line may be written; the gate then lets nothing more through. */
  isFull(): boolean;
  /** Write the lines of calls that still run. */
  flush(): void;
}

/** Lines of one sandbox: a program that calls in a loop must not fill the disk or the evidence. */
const callsMax = 20_000;

/** Keep one record of calls. `now` is in milliseconds since the epoch. */
export function createCallLog(
  phase: EgressCall['phase'],
  onEgress: (call: EgressCall) => void,
  now: () => number,
): CallLog {
  const running = new Set<OpenCall>();
  let count = 0;
  const line = (facts: CallFacts, at: number, rest: Rest) =>
    onEgress({ at: new Date(at).toISOString(), phase, ...clip(facts), ...rest });
  return {
    refuse(facts, rule, status) {
      count += 1;
      if (count > callsMax) return;
      line(facts, now(), {
        address: null,
        decision: 'refused',
        rule: count === callsMax ? 'call-limit' : rule,
        bytesOut: 0,
        bytesIn: 0,
        durationMs: 0,
        status,
      });
    },
    open(facts, rule) {
      count += 1;
      const at = now();
      const call: OpenCall = {
        address: null,
        bytesOut: 0,
        bytesIn: 0,
        status: null,
        finish() {
          if (!running.delete(call)) return;
          const { address, bytesOut, bytesIn, status } = call;
          const durationMs = Math.max(0, now() - at);
          line(facts, at, {
            address,
            decision: 'allowed',
            rule,
            bytesOut,
            bytesIn,
            durationMs,
            status,
          });
        },
      };
      running.add(call);
      return call;
    },
    isFull: () => count >= callsMax,
    flush() {
      for (const call of running) call.finish();
    },
  };
}

type Rest = Omit<EgressCall, 'at' | 'phase' | keyof CallFacts>;

/** Hostile text, made one line and cut to the schema's lengths; queries may carry secrets and go. */
function clip(facts: CallFacts): CallFacts {
  return {
    ...facts,
    method: facts.method === null ? null : plain(facts.method, 20),
    host: plain(facts.host, 300),
    path: facts.path === null ? null : plain(facts.path.split('?', 1)[0] ?? '', 500),
  };
}

function plain(text: string, max: number): string {
  return visibleText(text).replaceAll('\n', ' ').slice(0, max);
}
