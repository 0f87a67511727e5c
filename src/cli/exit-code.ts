import type { FaultCode } from '#model/fault.ts';

/** How a command ends, in one table. Documented in docs/cli.md, which a test holds to this. */
export const exitCodes = {
  ok: { code: 0, meaning: 'it was done, and all of it is true' },
  fault: { code: 1, meaning: 'something broke that should not break' },
  mistakes: { code: 1, meaning: 'the policy file has mistakes, and each was printed' },
  usage: { code: 2, meaning: 'the command line or the input is not valid' },
  denied: { code: 3, meaning: 'policy does not allow it' },
  unproven: { code: 4, meaning: 'the change was made and could not be proven' },
  agent: { code: 5, meaning: 'the agent failed, ran out of time, or changed nothing' },
  tool: { code: 6, meaning: 'a program or a kernel feature the sandbox needs is missing' },
  port: { code: 7, meaning: 'a port is taken' },
  invalid: { code: 8, meaning: 'a record or an evidence folder does not verify' },
  interrupted: { code: 130, meaning: 'stopped by ctrl-C, after a clean teardown' },
} as const;

export type ExitName = keyof typeof exitCodes;

/** Which exit a fault leads to. */
export function exitOfFault(code: FaultCode): ExitName {
  switch (code) {
    case 'PORT_TAKEN':
      return 'port';
    case 'TOOL_MISSING':
    case 'SANDBOX_UNAVAILABLE':
      return 'tool';
    case 'CONFIG_INVALID':
      return 'usage';
    default:
      return 'fault';
  }
}

/** A command that ends with something other than success throws this, with one sentence. */
export class Exit extends Error {
  readonly exit: ExitName;

  constructor(exit: ExitName, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = 'Exit';
    this.exit = exit;
  }
}
