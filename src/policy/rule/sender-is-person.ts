import type { Rule } from '../facts.ts';
import { fail, pass } from '../reason.ts';

/** A person answers for what is started: no bot, no App, not our own account. */
export const senderIsPerson: Rule = {
  name: 'sender-is-person',
  changedBy: [],
  ask: ({ requester, botUserId }) => {
    if (requester.type !== 'User' || requester.id === botUserId) {
      return fail(
        'sender-is-person',
        `expected a person, got ${requester.login}, a ${requester.type.toLowerCase()}: a maintainer must ask for it`,
      );
    }
    return pass('sender-is-person', `${requester.login} is a person`);
  },
};
