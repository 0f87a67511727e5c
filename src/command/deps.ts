import type { Command } from '#model/command.ts';
import type { Decision, Reason } from '#model/decision.ts';
import type { Pause } from '#model/pause.ts';
import type { Policy, Role } from '#model/policy.ts';
import type { Run, RunId } from '#model/run.ts';
import type { CommandGiven } from '#model/signal.ts';
import type { Cause } from '#model/trigger.ts';
import type { Waiver } from '#model/waiver.ts';
import type { Answer } from './answer.ts';

/** A command with the delivery that brought it. */
export interface Order {
  /** The delivery's body digest. */
  readonly eventId: string;
  readonly given: CommandGiven;
}

/** A command of which one kind was asked for. */
export interface OrderOf<Name extends Command['name']> extends Order {
  readonly command: Extract<Command, { name: Name }>;
}

/** A run with what it was decided by. */
export type CommandedRun = Run & { readonly policy: Policy; readonly cause: Cause };

/** What was last decided about an issue, as the ledger has it. */
export interface Decided {
  /** RFC 3339. */
  readonly at: string;
  readonly decision: Decision;
}

/** What would happen if work was asked for now. */
export interface Plan {
  readonly decision: Decision;
  /** Null when there is none that is valid. */
  readonly policy: Policy | null;
}

/** A command that restrains, said after something else. */
export interface LaterCommand {
  readonly name: 'stop' | 'hold' | 'resume';
  readonly by: string;
  readonly login: string;
}

/** What an approval came to. */
export type Approval =
  | { readonly kind: 'released' }
  /** It is approved, and something else keeps it. */
  | { readonly kind: 'kept'; readonly because: string }
  /** What waits is no longer what was seen, or waits for nobody. */
  | { readonly kind: 'refused'; readonly because: string };

/** Evidence as far as commands go. */
export interface SeenEvidence {
  readonly isOpen: boolean;
  readonly result: 'proven' | 'unproven';
  readonly headSha: string;
  readonly liveHeadSha: string;
  /** The names of its findings: `T05`, `T05.2`. */
  readonly findings: readonly string[];
}

/** Which commands came after something: a comment by its id, anything else by its time. */
export interface After {
  readonly repositoryId: number;
  readonly issue: number;
  readonly after: { readonly commentId: number } | { readonly at: string };
}

/** Everything that commands read and cause. */
export interface CommandDeps {
  /** Row and ledger entry `command.received`, once a comment; `done` when it was answered before. */
  readonly receive: (order: Order) => Promise<'new' | 'again' | 'done'>;
  /** The role now, of exactly this account id. */
  readonly readRole: (order: Order) => Promise<Role | 'none'>;
  /** From here on the command counts for those that came before it. */
  readonly allow: (order: Order, role: Role) => Promise<void>;
  /** Commands with enough role, oldest first. */
  readonly listLater: (question: After) => Promise<readonly LaterCommand[]>;
  /** The newest run of the issue, or the one whose pull request this is. */
  readonly findRun: (order: Order) => Promise<CommandedRun | undefined>;
  readonly findRunOfIssue: (
    place: Pick<After, 'repositoryId' | 'issue'>,
  ) => Promise<CommandedRun | undefined>;
  /** What asked for a run: its comment's id, or the second in which it was done. */
  readonly askedAt: (run: CommandedRun) => Promise<After['after']>;
  /** True while the comment is there and was never edited. */
  readonly stands: (order: Order) => Promise<boolean>;
  /** True when nothing is left that a stop could stop. */
  readonly isBeyondStop: (run: Run) => boolean;

  /** Ask for work in the name of the comment's author: policy decides, and answers when it is no. */
  readonly wish: (order: Order) => Promise<string>;
  /** What policy would decide; nothing is recorded, nothing follows from it. */
  readonly plan: (order: Order) => Promise<Plan | { readonly because: string }>;
  readonly stop: (run: Run, because: string, by: string) => Promise<void>;
  /** Take back an admission that nothing was asked for yet; false when something was. */
  readonly withdraw: (run: Run, because: string, by: string) => Promise<boolean>;
  readonly findPause: (run: Run) => Promise<Pause | undefined>;
  /** False when the run was paused already. */
  readonly pause: (run: Run, because: string, by: string) => Promise<boolean>;
  readonly lift: (run: Run, by: string) => Promise<void>;
  /** Look at a held run again; null when it was released, else why it waits on. */
  readonly release: (run: Run) => Promise<string | null>;
  /** A person approves what a held run waits for, as they have seen it. */
  readonly approve: (run: Run, seen: string, by: string) => Promise<Approval>;
  /** The evidence of a run's pull request, and the head that is there now; null without evidence. */
  readonly readEvidence: (run: CommandedRun) => Promise<SeenEvidence | null>;
  /** Close a run's pull request, which ends the run. */
  readonly giveUp: (run: CommandedRun) => Promise<void>;
  /** Keep the waiver, show it with the evidence, work the gate out again. The first one stays. */
  readonly waive: (
    run: CommandedRun,
    order: OrderOf<'waive'>,
  ) => Promise<Waiver & { readonly commentId: number }>;

  readonly findDecided: (place: Pick<After, 'repositoryId' | 'issue'>) => Promise<Decided | null>;
  /** The reasons of the gate of a run's open pull request; null when it has none. */
  readonly readGate: (run: CommandedRun) => Promise<readonly Reason[] | null>;
  readonly runUrl: (id: RunId) => string;

  /** Ledger `command.answered`, then the comment unless it is said, then the row is closed. */
  readonly answer: (order: Order, answer: Answer, body: string) => Promise<void>;
}

/** What it takes to apply to a run what was said after it was asked for. */
export type LaterDeps = Pick<
  CommandDeps,
  'listLater' | 'findRunOfIssue' | 'askedAt' | 'isBeyondStop' | 'stop' | 'withdraw' | 'pause'
>;

/** Who gave a command, as the ledger names people. */
export function actorOf({ given: { sender } }: Order): string {
  return `user:${sender.login}#${sender.id}`;
}
