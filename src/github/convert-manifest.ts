import { Octokit } from '@octokit/core';
import { statusOf, toFault } from './github-fault.ts';

/** GitHub answers within this or the person begins again. */
const answerMs = 20_000;

/**
 * Trade the code of an App that was created from a manifest for its credentials, by one request that
 * is never sent again: the code is worth one answer. Null when GitHub has nothing for it.
 *
 * Fails  with a Fault that names the status alone: the code and the answer are secrets.
 */
export async function convertManifest(restUrl: string, code: string): Promise<unknown | null> {
  const octokit = new Octokit({
    baseUrl: restUrl,
    userAgent: 'sallyport',
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const route = 'POST /app-manifests/{code}/conversions';
  try {
    const request = { signal: AbortSignal.timeout(answerMs) };
    return (await octokit.request(route, { code, request })).data;
  } catch (error) {
    if ([404, 422].includes(statusOf(error))) return null;
    throw toFault(route, error);
  }
}
