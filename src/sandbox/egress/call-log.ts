import type { EgressCall } from '#model/egress-call.ts';
import { visibleText } from '#model/text.ts';
import { type ByteSide, createBudget } from './byte-budget.ts';

/** What is known of a call when it is asked for. */
export interface CallFacts {
  readonly kind: EgressCall['kind'];
  readonly method: string | null;
  readonly host: string;
  readonly port: number | null;
  readonly path: string | null;
  /** The client's own port inside, by which its process is found. */
  readonly from: number | null;
}

/** A call that was let through; its line is written when it ends, or when the gate closes. */
export interface OpenCall {
  address: string | null;
  readonly bytesOut: number;
  readonly bytesIn: number;
  status: number | null;
  /** What went wrong, or what was taken out of the answer; of the gate's own words. */
  because: string | null;
  /** It was let through and is refused after all: by this rule, and for this reason. */
  refuse(rule: string, because: string | null): void;
  /** Add bytes, before they are passed on; false, and refused, when the run's budget is spent. */
  count(side: ByteSide, bytes: number): boolean;
  finish(): void;
}

/** The gate's record of every call, one line each. */
export interface CallLog {
  /** Written at once, before the refusal is answered. */
  refuse(facts: CallFacts, rule: string, status: number | null): void;
  open(facts: CallFacts, rule: string): OpenCall;
  /** The limit of the run that is reached; the gate then lets nothing more through. Null when none is. */
  spent(): 'call-limit' | 'byte-budget' | null;
  /** Write the lines of calls that still run. */
  flush(): void;
}

/** Lines of one sandbox: a program that calls in a loop must not fill the disk or the evidence. */
const callsMax = 20_000;

/** Looking for a process stops the gate for a moment: in all, a flood must not cost more than this. */
const lookedMax = 100;
const lookingMsMax = 250;

/** Who has a socket with this local port inside; null where that cannot be known. */
export type WhoAsks = (protocol: 'tcp' | 'udp', port: number) => string | null;

/** Keep one record of calls. `now` is in milliseconds since the epoch. */
export function createCallLog(
  phase: () => EgressCall['phase'],
  onEgress: (call: EgressCall) => void,
  now: () => number,
  whoAsks: WhoAsks = () => null,
  budget = createBudget(),
): CallLog {
  const running = new Set<OpenCall>();
  let count = 0;
  let looked = 0;
  let lookingMs = 0;
  const ask = ({ kind, from }: CallFacts) => {
    if (from === null || looked >= lookedMax || lookingMs > lookingMsMax) return null;
    looked += 1;
    const started = now();
    const who = whoAsks(kind === 'dns' ? 'udp' : 'tcp', from);
    lookingMs += now() - started;
    return who === null ? null : plain(who, 200);
  };
  const line = ({ from: _from, ...facts }: CallFacts, from: From, rest: Rest) =>
    onEgress({
      at: new Date(from.at).toISOString(),
      phase: from.phase,
      ...clip(facts),
      ...rest,
    });
  return {
    refuse(facts, rule, status) {
      count += 1;
      if (count > callsMax) return;
      line(
        facts,
        { at: now(), phase: phase() },
        {
          address: null,
          decision: 'refused',
          rule: count === callsMax ? 'call-limit' : rule,
          bytesOut: 0,
          bytesIn: 0,
          durationMs: 0,
          status,
          because: null,
          process: ask(facts),
        },
      );
    },
    open(facts, rule) {
      count += 1;
      const from = { at: now(), phase: phase() };
      let refusedBy: string | null = null;
      const call: { -readonly [Name in keyof OpenCall]: OpenCall[Name] } = {
        address: null,
        bytesOut: 0,
        bytesIn: 0,
        status: null,
        because: null,
        refuse(by, because) {
          refusedBy = by;
          call.because = because;
        },
        count(side, bytes) {
          call[side] += bytes;
          const over = budget.add(side, bytes);
          if (over !== null) call.refuse('byte-budget', over);
          return over === null;
        },
        finish() {
          if (!running.delete(call)) return;
          const { address, bytesOut, bytesIn, status, because } = call;
          const durationMs = Math.max(0, now() - from.at);
          line(facts, from, {
            address,
            decision: refusedBy === null ? 'allowed' : 'refused',
            rule: refusedBy ?? rule,
            bytesOut,
            bytesIn,
            durationMs,
            status,
            because: because?.slice(0, 100) ?? null,
            process: null,
          });
        },
      };
      running.add(call);
      return call;
    },
    spent() {
      if (count >= callsMax) return 'call-limit';
      return budget.isSpent() ? 'byte-budget' : null;
    },
    flush() {
      for (const call of running) call.finish();
    },
  };
}

/** When a call was asked for, and in which phase: it may end in the next one. */
interface From {
  readonly at: number;
  readonly phase: EgressCall['phase'];
}

type Rest = Omit<EgressCall, 'at' | 'phase' | keyof CallFacts>;

/** Hostile text, made one line and cut to the schema's lengths; queries may carry secrets and go. */
function clip(facts: Omit<CallFacts, 'from'>): Omit<CallFacts, 'from'> {
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
