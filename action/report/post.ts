// Runs whatever became of the main step: the session ends here at the latest. Idempotent.
import { failStep, readState, tell } from '#runner/action-io.ts';
import { revoke } from '#runner/broker.ts';

const broker = readState('broker');
const session = readState('session');
try {
  if (broker !== null && session !== null) await revoke(broker, session);
  else tell('There is no session to end');
} catch (error) {
  failStep(error instanceof Error ? error.message : 'ending the session failed');
}
