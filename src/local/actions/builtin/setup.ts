import { type BuiltinAction, done } from './builtin-action.ts';

/** The runner has one node; the action reports which, and says so when another was asked for. */
export const setupNode: BuiltinAction = async (call) => {
  const { log } = call.state;
  const version = process.version;
  const wanted = call.inputs['node-version'] ?? '';
  const major = /^v?(\d+)/.exec(wanted)?.[1];
  if (major !== undefined && major !== version.slice(1).split('.')[0])
    log.warn(`node ${wanted} was asked for; the local runner has ${version}`);
  log.write(`node: ${version}`);
  return done({ 'node-version': version, 'cache-hit': 'false' });
};

/** There is no cache: every restore is a miss, every save is dropped. */
export const cache: BuiltinAction = async (call) => {
  call.state.log.write('the local runner keeps no cache');
  return done({ 'cache-hit': 'false', 'cache-primary-key': call.inputs.key ?? '' });
};
